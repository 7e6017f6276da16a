// Everything a page keeps in the browser, with binary values in full, to look for what must not be there.

/** What is stored, and which of `find` ("text" or "hex:…") occurs anywhere in it, keys and binary values included. */
export async function dumpStorage(page, find = []) {
  const raw = await page.evaluate(collect);
  const stores = raw.indexeddb.map((entry) => ({ ...entry, blob: Buffer.from(entry.value, "base64") }));
  const haystack = Buffer.concat([
    Buffer.from(JSON.stringify([raw.session, raw.local, raw.caches, stores.map((entry) => entry.key)])),
    ...stores.map((entry) => entry.blob),
  ]);
  const indexeddb = {};
  for (const { database, store, key, blob } of stores) {
    ((indexeddb[database] ??= {})[store] ??= []).push({ key, bytes: blob.length });
  }
  return {
    session: raw.session,
    local: raw.local,
    caches: raw.caches,
    indexeddb,
    found: find.filter((each) => haystack.includes(each.startsWith("hex:") ? Buffer.from(each.slice(4), "hex") : each)),
  };
}

/** Empties everything; the session too unless it is to be kept. */
export async function clearStorage(page, keepSession) {
  await page.evaluate(async (keep) => {
    localStorage.clear();
    if (!keep) sessionStorage.clear();
    for (const name of await caches.keys()) await caches.delete(name);
    for (const { name } of await indexedDB.databases()) {
      await new Promise((resolve) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = request.onerror = request.onblocked = resolve;
      });
    }
  }, keepSession);
}

/** Runs in the page. */
async function collect() {
  const promised = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const parts = [];
  const flatten = async (value) => {
    if (value instanceof Blob) parts.push(new Uint8Array(await value.arrayBuffer()));
    else if (value instanceof ArrayBuffer) parts.push(new Uint8Array(value));
    else if (ArrayBuffer.isView(value)) parts.push(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    else if (Array.isArray(value)) for (const each of value) await flatten(each);
    else if (typeof value === "object" && value !== null) {
      for (const [name, each] of Object.entries(value)) {
        parts.push(new TextEncoder().encode(name));
        await flatten(each);
      }
    } else parts.push(new TextEncoder().encode(String(value)));
  };
  const base64 = (all) =>
    new Promise((resolve) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
      reader.readAsDataURL(new Blob(all));
    });
  const indexeddb = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await promised(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const keys = await promised(database.transaction(store).objectStore(store).getAllKeys());
      for (const key of keys) {
        const value = await promised(database.transaction(store).objectStore(store).get(key));
        parts.length = 0;
        await flatten(value);
        indexeddb.push({ database: name, store, key: JSON.stringify(key), value: await base64(parts) });
      }
    }
    database.close();
  }
  const cached = [];
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) cached.push(`${name}: ${request.url}`);
  }
  return { session: { ...sessionStorage }, local: { ...localStorage }, caches: cached, indexeddb };
}
