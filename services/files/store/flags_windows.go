package store

// openFlags: Windows has no FIFOs in folders.
const openFlags = 0

// IsOverQuota is always false: Windows reports a quota as a full disk.
func IsOverQuota(error) bool { return false }
