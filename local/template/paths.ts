/** Everything that is not part of the deployed API lives below this path. */
export const LOCAL_PREFIX = '/_local';
