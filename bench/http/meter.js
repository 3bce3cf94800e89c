// Loaded into each process that is measured: tells the CPU it has used so far (µs) and its peak memory (kB).
process.on('message', (message) => {
  if (message !== 'meter') return;
  const { user, system } = process.cpuUsage();
  process.send({ cpu: user + system, peak: process.resourceUsage().maxRSS });
});
// The service does not talk to whoever started it, and shall end with them all the same.
process.on('disconnect', () => process.exit());
