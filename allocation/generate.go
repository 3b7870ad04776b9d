package allocation

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// chance is the stream of words that a list is drawn from: SHA-256 of the seed, the stratum and a counter, eight words of
// 32 bits at a time. Everybody can compute it again with a tool that knows SHA-256 (docs/format/allocation.md).
type chance struct {
	seed, stratum string
	block         int
	words         []byte
}

func (c *chance) word() uint32 {
	if len(c.words) == 0 {
		sum := sha256.Sum256([]byte("casebook allocation 1\n" + c.seed + "\n" + c.stratum + "\n" + strconv.Itoa(c.block)))
		c.words = sum[:]
		c.block++
	}
	w := binary.BigEndian.Uint32(c.words)
	c.words = c.words[4:]
	return w
}

// below draws a number from 0 to n-1, each as likely: words beyond the last whole multiple of n are thrown away.
func (c *chance) below(n int) int {
	whole := (1 << 32) / uint64(n) * uint64(n)
	for {
		if w := uint64(c.word()); w < whole {
			return int(w % uint64(n))
		}
	}
}

// permuted draws at least places places of a stratum, in whole blocks: the length of each block by lot among blocks, and
// within it the arms in a random order (Fisher and Yates), as often as their ratio says. The arm of a place is a digit.
// Permuted blocks of random sizes: ICH E9, section 2.3.2.
func permuted(seed, stratum string, ratio, blocks []int, places int) string {
	c, round := &chance{seed: seed, stratum: stratum}, 0
	for _, n := range ratio {
		round += n
	}
	list := make([]byte, 0, places)
	for len(list) < places {
		first := len(list)
		for range blocks[c.below(len(blocks))] / round {
			for arm, n := range ratio {
				for range n {
					list = append(list, byte('0'+arm))
				}
			}
		}
		block := list[first:]
		for i := len(block) - 1; i > 0; i-- {
			j := c.below(i + 1)
			block[i], block[j] = block[j], block[i]
		}
	}
	return string(list)
}
