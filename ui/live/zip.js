// A ZIP file of files that are compressed already (PKWARE APPNOTE 6.3, method 0: stored).

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

// Little-endian numbers, each given as [value, bytes].
function packed(...fields) {
  return Uint8Array.from(
    fields.flatMap(([value, bytes]) =>
      Array.from({ length: bytes }, (_, n) => (value >>> (8 * n)) & 255),
    ),
  );
}

// files: [{ name, bytes }], names in ASCII.
function zipped(files) {
  const encoder = new TextEncoder();
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const file of files) {
    const name = encoder.encode(file.name);
    const size = file.bytes.length;
    // Version 2.0, no flags, stored, 1 January 1980: when a picture was taken is not kept.
    const kind = packed([20, 2], [0, 6], [0x21, 2]);
    const sizes = packed([crc32(file.bytes), 4], [size, 4], [size, 4], [name.length, 2], [0, 2]);
    const local = [packed([0x04034b50, 4]), kind, sizes, name, file.bytes];
    const place = packed([0, 10], [offset, 4]);
    directory.push(packed([0x02014b50, 4], [20, 2]), kind, sizes, place, name);
    parts.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const count = [files.length, 2];
  const end = packed([0x06054b50, 4], [0, 4], count, count, [length, 4], [offset, 4], [0, 2]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
