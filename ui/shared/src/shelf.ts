// Where drafts lie: IndexedDB, and this tab's memory where there is none or no room. Keys are lists; the first is the box.

export type Key = readonly (string | number)[];

const DATABASE = "cloakroom";
const STORE = "drafts";

export class Shelf {
  readonly #database: IDBDatabase | null;
  readonly #memory = new Map<string, { key: Key; value: unknown }>();

  private constructor(database: IDBDatabase | null) {
    this.#database = database;
  }

  static async open(): Promise<Shelf> {
    return new Shelf(await openDatabase());
  }

  /** False where a reload loses what was prepared. */
  get survivesReload(): boolean {
    return this.#database !== null;
  }

  async read(key: Key): Promise<unknown> {
    const held = this.#memory.get(name(key));
    if (held) return held.value;
    return this.#try((store) => store.get(range(key)), undefined);
  }

  /** Keeps a value; in memory when the device does not take it. */
  async write(key: Key, value: unknown): Promise<void> {
    const stored = await this.#try((store) => store.put(value, [...key]), null, "readwrite");
    if (stored === null) this.#memory.set(name(key), { key, value });
    else this.#memory.delete(name(key));
  }

  /** Keys that begin with `prefix`. */
  async keys(prefix: Key): Promise<Key[]> {
    const held = [...this.#memory.values()].map((each) => each.key).filter((key) => begins(key, prefix));
    const stored = await this.#try((store) => store.getAllKeys(under(prefix)), [] as IDBValidKey[]);
    return [...held, ...(stored as Key[])];
  }

  /** Forgets everything whose key begins with `prefix`. */
  async erase(prefix: Key): Promise<void> {
    for (const [at, { key }] of this.#memory) if (begins(key, prefix)) this.#memory.delete(at);
    await this.#try((store) => store.delete(under(prefix)), undefined, "readwrite");
  }

  #try<T, U>(ask: (store: IDBObjectStore) => IDBRequest<T>, otherwise: U, mode: IDBTransactionMode = "readonly") {
    return new Promise<T | U>((resolve) => {
      if (!this.#database) return resolve(otherwise);
      try {
        const transaction = this.#database.transaction(STORE, mode, { durability: "relaxed" });
        const request = ask(transaction.objectStore(STORE));
        // A full device fails the commit, after the request itself succeeded.
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = transaction.onerror = () => resolve(otherwise);
      } catch {
        // The browser closed the database under us.
        resolve(otherwise);
      }
    });
  }
}

function openDatabase(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onerror = request.onblocked = () => resolve(null);
      request.onsuccess = () => {
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
    } catch {
      // Some private modes have no IndexedDB at all, some throw.
      resolve(null);
    }
  });
}

function range(key: Key): IDBKeyRange {
  return IDBKeyRange.only([...key]);
}

function under(prefix: Key): IDBKeyRange {
  // A list sorts after every text and number, so this is the last key with that beginning.
  return IDBKeyRange.bound([...prefix], [...prefix, []]);
}

function begins(key: Key, prefix: Key): boolean {
  return prefix.every((each, i) => key[i] === each);
}

function name(key: Key): string {
  return JSON.stringify(key);
}
