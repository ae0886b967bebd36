/** Prefix of all paths that are not part of the deployed API. */
export const LOCAL_PREFIX = '/_local';
