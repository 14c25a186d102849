/** Bytes of webhooks being worked on at once; a body becomes several times its size in memory. */
const maxBytesInFlight = 64 * 1024 * 1024;

/** Keeps a flood of bodies from filling the memory: what is beyond the limit is told to come back. A lone body always finds room. */
export function createAdmission(limit = maxBytesInFlight) {
  let inFlight = 0;
  return {
    /** False = there is no room now. */
    enter(bytes: number): boolean {
      if (inFlight > 0 && inFlight + bytes > limit) return false;
      inFlight += bytes;
      return true;
    },
    leave(bytes: number): void {
      inFlight -= bytes;
    },
  };
}
