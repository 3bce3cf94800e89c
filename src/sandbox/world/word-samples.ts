import type { NewProject, NewSpace } from './changes.ts';

/*
 * Titles at which the rules of the index bite, for `Sandbox.addProject` and `Sandbox.addSpace`: a word that is stored as
 * its stem, stop words, words with a dot or an apostrophe in them, hyphens, Japanese, and what a query must not break at.
 */

export const WORD_PROJECT: NewProject = {
  key: 'WORDS',
  name: 'Words of all kinds',
  issues: [
    { summary: 'Fishing trips', description: 'Booked by the sales team.' },
    { summary: 'The payments are failing', description: 'Only those of customers in Japan.' },
    { summary: 'config.yaml is read twice', description: 'Since v1.2.7 of the loader.' },
    { summary: "O'Brien cannot log in", description: 'The apostrophe is the reason.' },
    { summary: 'Rename BB2-12 to BB2-13', description: 'Part numbers, not issues.' },
    { summary: '会議のメモ', description: '来週の予定' },
    { summary: 'AND OR NOT are words too', description: 'C++ && "quotes" (parentheses)' },
  ],
};

export const WORD_SPACE: NewSpace = {
  key: 'WORDS',
  name: 'Words of all kinds',
  pages: [
    { title: 'Words of all kinds', body: 'The home of odd titles.' },
    { title: 'Fishing trips', body: 'Booked by the sales team.' },
    { title: 'Why the payments are failing', body: 'Only those of customers in Japan.' },
    { title: 'config.yaml', body: 'Since v1.2.7 of the loader.' },
    { title: "O'Brien's guide", body: 'For newcomers.' },
    { title: 'BB2-12 and BB2-13', body: 'Part numbers.' },
    { title: '会議のメモ', body: '来週の予定' },
    { title: 'AND OR NOT', body: 'C++ && "quotes" (parentheses)' },
  ],
};
