// Package auth decides whether a client has proven that it owns an account.
// The server, the files service and the status service share it.
//
//   - A [Database] holds the accounts. They come from the program and from files,
//     which are read again when they change on disk.
//   - An [Authenticator] checks an account and its secret against a database.
//   - A [Throttle] slows down clients that guess, and bounds the cost of hashing.
//
// A secret is a password, stored as a bcrypt or argon2id hash, or a token.
// Passwords can be guessed, so they are throttled. A token is random and at least
// 20 characters long: the right token is always accepted, and the throttle only
// slows down the noise.
package auth
