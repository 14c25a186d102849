import type { RedisOptions } from 'ioredis';

/** Without `replyMapping`: it is part of the client's type, and BullMQ needs the default. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'>;
