/**
 * Stand-ins: what `npm start` and the tests put in the place of other people's servers: a mail server that shows what it
 * caught, and the public directory of establishments. They import nothing of ours.
 * URLs: the mail catcher's own page. No table.
 */
export { startDirectoryFake } from "./directory-fake.ts";
export { startMailCatcher } from "./mail-catcher.ts";
