// Loaded into each process that is measured: tells the CPU it has used so far (µs) and its peak memory (kB), and where its
// time goes.
import { Session } from 'node:inspector/promises';

const session = new Session();

const ANSWERS = {
  meter: () => {
    const { user, system } = process.cpuUsage();
    return { cpu: user + system, peak: process.resourceUsage().maxRSS };
  },
  profile: async () => {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    return {};
  },
  profiled: async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  },
};

process.on('message', async (message) => {
  const answer = Object.hasOwn(ANSWERS, message) && ANSWERS[message];
  if (answer) process.send(await answer());
});
// The service does not talk to whoever started it, and shall end with them all the same.
process.on('disconnect', () => process.exit());
