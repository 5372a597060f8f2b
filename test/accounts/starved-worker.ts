/** A thread that was started and ends before its first line, as it does where no file descriptor is left for it. */
const code = "ERR_WORKER_INIT_FAILED";
throw Object.assign(new Error("Worker initialization failure: EMFILE"), { code });
