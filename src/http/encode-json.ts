/** Enough for the answers of a few calls. */
const SLAB_BYTES = 65_536;
/** What a character of a string takes at most in UTF-8. */
const MOST_BYTES = 3;

let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
let used = 0;

/** For routes whose answers have been encoded by a schema. Fastify sends bytes as it does text, which its types leave out. */
export const asEncoded = () => encodeJson as unknown as (value: unknown) => string;

/**
 * JSON as it goes to the caller. Of text, Fastify would count the bytes, and Node would join it with the headers, copy the
 * whole, and encode the copy: an eighth of what a search leaves to the garbage collector.
 */
function encodeJson(value: unknown): Buffer {
  const text = JSON.stringify(value);
  const most = text.length * MOST_BYTES;
  if (most > SLAB_BYTES) return Buffer.from(text);
  if (most > SLAB_BYTES - used) {
    // Those who still send a part of the former one keep it.
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    used = 0;
  }
  const from = used;
  used += slab.write(text, from);
  return slab.subarray(from, used);
}
