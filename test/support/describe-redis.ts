import { describe } from "@jest/globals";
import { redisProgram } from "./redis-servers.ts";

/** For what needs a Redis: said to be left out where the machine has none; `.ci/run` installs it. */
export const describeRedis = redisProgram === undefined ? describe.skip : describe;
