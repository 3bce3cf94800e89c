/** The forms that account ids have had: old ones, and those with the number of a directory in front. */
const ACCOUNT_ID = /^(?:(?=\D*\d)[0-9a-z]{24}|[\w-]{1,20}:[\w:-]{8,120})$/i;

/** Whether `text` has the form of an account id, by which both products of Cloud know a person. */
export const isAccountId = (text: string): boolean => ACCOUNT_ID.test(text);
