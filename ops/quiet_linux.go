package ops

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// forgetCode tells the kernel that the program's own pages, which the start has walked through, are not in use. They
// cannot be lost: what runs again comes back from the file, mostly without reading it. Without this a sleeping server
// counts for its whole program, thirty megabytes, where resident memory is counted or limited.
func forgetCode() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	mapped, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(mapped)) {
		part := strings.Fields(line) // from-to access offset device inode path
		if len(part) != 6 || part[5] != program || strings.Contains(part[1], "w") {
			continue
		}
		first, last, _ := strings.Cut(part[0], "-")
		from, err := strconv.ParseUint(first, 16, 64)
		if err != nil {
			continue
		}
		to, err := strconv.ParseUint(last, 16, 64)
		if err != nil {
			continue
		}
		// An advice that is not taken changes nothing.
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(from), uintptr(to-from), syscall.MADV_DONTNEED)
	}
}
