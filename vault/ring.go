package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"slices"
	"sync"

	"casebook"
)

// A Key is 32 random bytes.
type Key []byte

// box is AES-256-GCM (NIST SP 800-38D) under k.
func (k Key) box() (cipher.AEAD, error) {
	block, err := aes.NewCipher(k)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal encrypts plain under a nonce of 96 random bits, which goes before it. It opens together with about alone.
func (k Key) seal(world casebook.World, plain, about []byte) ([]byte, error) {
	box, err := k.box()
	if err != nil {
		return nil, err
	}
	nonce := world.Bytes(box.NonceSize())
	return box.Seal(nonce, nonce, plain, about), nil
}

func (k Key) open(sealed, about []byte) (plain []byte, ok bool) {
	box, err := k.box()
	if err != nil || len(sealed) < box.NonceSize() {
		return nil, false
	}
	n := box.NonceSize()
	plain, err = box.Open(nil, sealed[:n], sealed[n:], about)
	return plain, err == nil
}

// Ring is the keys of one file, which may change while they are used: the last one seals, all open. The zero ring has none.
type Ring struct {
	load func() ([]Key, error)

	mu    sync.Mutex
	known []Key // the newest first
}

// NewRing returns the ring of the keys that load returns, oldest first. It is asked before each sealing, and when no key that is known
// fits. No keys is no error: then nothing is sealed and nothing opened.
func NewRing(load func() ([]Key, error)) *Ring { return &Ring{load: load} }

// Keys asks for the keys anew, and returns them with the newest first.
func (r *Ring) Keys() ([]Key, error) {
	if r.load == nil {
		return nil, nil
	}
	keys, err := r.load()
	if err != nil || len(keys) == 0 {
		return nil, err // what is known opens on
	}
	keys = slices.Clone(keys)
	slices.Reverse(keys)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = keys
	return keys, nil
}

// Last asks for the keys anew, and returns the one that seals. Error: ErrNoKey.
func (r *Ring) Last() (Key, error) {
	keys, err := r.Keys()
	if err == nil && len(keys) == 0 {
		err = ErrNoKey
	}
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// Find returns the newest key that fits. Error: ErrNoKey.
func (r *Ring) Find(fits func(Key) bool) (Key, error) {
	r.mu.Lock()
	known := r.known
	r.mu.Unlock()
	if i := slices.IndexFunc(known, fits); i >= 0 {
		return known[i], nil
	}
	keys, err := r.Keys()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(keys, fits); i >= 0 {
		return keys[i], nil
	}
	return nil, ErrNoKey
}

// Seal encrypts plain under the last key. It opens together with about alone. Error: ErrNoKey.
func (r *Ring) Seal(world casebook.World, plain, about []byte) ([]byte, error) {
	k, err := r.Last()
	if err != nil {
		return nil, err
	}
	return k.seal(world, plain, about)
}

// Open decrypts what Seal made. Error: ErrNoKey, also for bytes that were changed.
func (r *Ring) Open(sealed, about []byte) (plain []byte, err error) {
	_, err = r.Find(func(k Key) bool {
		opened, ok := k.open(sealed, about)
		if ok {
			plain = opened
		}
		return ok
	})
	return plain, err
}

// Reseal returns what Seal made under the last key, and whether it was under another. Error: as Open.
func (r *Ring) Reseal(world casebook.World, sealed, about []byte) (anew []byte, was bool, err error) {
	last, err := r.Last()
	if err != nil {
		return nil, false, err
	}
	if _, ok := last.open(sealed, about); ok {
		return sealed, false, nil
	}
	plain, err := r.Open(sealed, about)
	if err != nil {
		return nil, false, err
	}
	anew, err = last.seal(world, plain, about)
	return anew, true, err
}
