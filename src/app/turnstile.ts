/** Lets in what has room and keeps the rest in line, first come, first served. */
export interface Turnstile {
  /** Resolves when there is room; `size` is taken until `leave`. A size beyond the capacity would wait for ever. */
  enter(size: number): Promise<void>;
  leave(size: number): void;
}

export function createTurnstile(capacity: number): Turnstile {
  const line: { readonly size: number; readonly enter: () => void }[] = [];
  let free = capacity;
  const admit = (): void => {
    for (let [first] = line; first !== undefined && first.size <= free; [first] = line) {
      line.shift();
      free -= first.size;
      first.enter();
    }
  };
  return {
    enter(size) {
      const { promise, resolve } = Promise.withResolvers<void>();
      line.push({ size, enter: resolve });
      admit();
      return promise;
    },
    leave(size) {
      free += size;
      admit();
    },
  };
}
