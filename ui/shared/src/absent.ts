// Stands in for the parts of age that requests never name: bundlers alias them here (see the page's vite.config.ts).
// A request names X25519 recipients only (`openRequest` checks), so nothing of this is ever called.

function absent(): never {
  throw new Error("this kind of recipient is not part of this build");
}

export const MLKEM768P256 = { encapsulate: absent };
export const MLKEM768X25519 = { encapsulate: absent, decapsulate: absent, getPublicKey: absent };
export const p256 = { Point: { fromBytes: absent }, utils: { randomSecretKey: absent }, getPublicKey: absent, getSharedSecret: absent };
export const scrypt = absent;
