import type { Settings } from "../operations/index.ts";
import { groundRoom } from "./ground-room.ts";
import { type Ground, type GroundOptions, type Surroundings, layGround } from "./ground.ts";
import { type RoomList, roomList } from "./room-list.ts";

/** What a house is opened with. */
export interface HouseParts extends GroundOptions {
  readonly settings: Settings;
  readonly surroundings: Surroundings;
}

/**
 * Lays the ground, opens the rooms on it, and closes again what was opened when one of them cannot be.
 * @param openRooms opens each room, the lowest first @returns what they do
 * @returns the ground, what the rooms do, and what is folded over all of them
 */
export async function openHouse<Acts extends object>(
  { settings, surroundings, ...options }: HouseParts,
  openRooms: (ground: Ground, list: RoomList) => Promise<Acts>,
) {
  const ground = await layGround(settings, surroundings, options);
  const { open, ...rooms } = roomList(ground);
  open(groundRoom(ground, rooms));
  try {
    const acts = await openRooms(ground, { open, ...rooms });
    return { ...ground, ...acts, ...rooms };
  } catch (error) {
    await rooms.close();
    throw error;
  }
}
