// Tells what was measured: as a table, and as a picture.
const COLUMNS = [
  ['case', ({ name }) => name],
  ['conn.', ({ connections }) => connections],
  ['upstream', ({ delayMs }) => `${delayMs} ms`],
  ['engine', ({ engine }) => engine],
  ['requests/s', ({ service, passthrough }) => `${round(service.perSecond)} of ${round(passthrough.perSecond)}`],
  ['ratio', ({ ratio }) => ratio.throughput.toFixed(2)],
  ['CPU µs', ({ service, passthrough }) => `${round(service.cpu)} to ${round(passthrough.cpu)}`],
  ['ratio', ({ ratio }) => ratio.cpu.toFixed(2)],
  ['p50 ms', ({ service, passthrough }) => `${service.p50.toFixed(2)} to ${passthrough.p50.toFixed(2)}`],
  ['added', ({ addedMs }) => addedMs.toFixed(2)],
  ['p99 ms', ({ service, passthrough }) => `${service.p99.toFixed(1)} to ${passthrough.p99.toFixed(1)}`],
  ['peak MiB', ({ service, passthrough }) => `${round(service.peakMiB)} to ${round(passthrough.peakMiB)}`],
  ['calls', ({ upstreamCalls }) => upstreamCalls.toFixed(3)],
  ['ready ms', ({ readyMs }) => round(readyMs)],
];

const round = (value) => Math.round(value).toLocaleString('en-US');

/** A Markdown table of the results. */
export function table(results, withHead = true) {
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const head = [row(COLUMNS.map(([name]) => name)), row(COLUMNS.map(() => '---'))];
  return [...(withHead ? head : []), ...results.map((result) => row(COLUMNS.map(([, of]) => of(result))))].join('\n');
}

const BAR = { height: 16, gap: 14, left: 350, width: 380 };

/** An SVG of how many times the passthrough's CPU each case takes. */
export function chart(results) {
  const most = Math.max(...results.map(({ ratio }) => ratio.cpu), 1);
  const step = BAR.height + BAR.gap;
  const height = results.length * step + 60;
  const bars = results.map(({ name, connections, delayMs, engine, ratio }, index) => {
    const y = 40 + index * step;
    const width = (ratio.cpu / most) * BAR.width;
    const label = `${name}, ${connections} conn., ${delayMs} ms, ${engine}`;
    return `<text x="${BAR.left - 8}" y="${y + 12}" text-anchor="end">${label}</text>
<rect x="${BAR.left}" y="${y}" width="${width.toFixed(1)}" height="${BAR.height}" rx="2" fill="#0c66e4"/>
<text x="${(BAR.left + width + 6).toFixed(1)}" y="${y + 12}">${ratio.cpu.toFixed(2)}</text>`;
  });
  const one = BAR.left + BAR.width / most;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 ${height}" font-family="sans-serif" font-size="12" fill="#172b4d" role="img">
<title>CPU per request, as a multiple of a bare passthrough</title>
<rect width="800" height="${height}" fill="#fff"/>
<text x="12" y="22" font-size="14" font-weight="bold">CPU per request, as a multiple of a bare passthrough</text>
${bars.join('\n')}
<line x1="${one.toFixed(1)}" x2="${one.toFixed(1)}" y1="34" y2="${height - 16}" stroke="#ae2e24" stroke-dasharray="4 3"/>
</svg>
`;
}
