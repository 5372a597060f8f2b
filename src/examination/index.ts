/**
 * The examination: what a start would be refused for, looked at before anything is opened. It asks each room for what it would
 * refuse (files, ports, what is in the register), and tells all of it at once with what is wrong with the settings themselves.
 * It makes and writes nothing. It owns no URL and no table.
 */
export { attempted, examined, examinedFiles } from "./examination.ts";
export { judgedDeclarations, ownListeners } from "./judgements.ts";
