// Sealed rows of the database, bound to their clear columns (FORMATS §5).
import { type Bytes, concat, u32, u64, unhex, utf8 } from "../../src/bytes";
import { open } from "../../src/sealed";
import { sealKey } from "./reader";

/** A clear column as the vectors write it: exactly one of these. */
export interface Column {
  integer?: number;
  text?: string;
  blob?: string;
  null?: true;
}

/** Each with its length in front, so that nothing can move from one column to the next. */
export function encodeColumns(columns: readonly Column[]): Bytes {
  return concat(
    ...columns.map((column) => {
      if (column.integer !== undefined) return concat(u32(8), u64(column.integer));
      if (column.null) return unhex("ffffffff");
      const bytes = column.text !== undefined ? utf8(column.text) : unhex(column.blob ?? "");
      return concat(u32(bytes.length), bytes);
    }),
  );
}

export async function openRow(key: Bytes, table: string, row: Bytes, columns: readonly Column[], sealed: Bytes): Promise<Bytes> {
  return open(await sealKey(key), table, concat(row, encodeColumns(columns)), sealed);
}
