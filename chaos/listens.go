package chaos

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
)

// listens reports whether process pid is the one that listens on address, an IPv4 one. Where the system does not tell
// (there is no /proc) it is taken to be so.
func listens(pid int, address string) bool {
	at := netip.MustParseAddrPort(address)
	table, err := os.Open(fmt.Sprintf("/proc/%d/net/tcp", pid))
	if err != nil {
		return os.IsNotExist(err)
	}
	defer table.Close()
	ip := at.Addr().As4()
	local := fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], at.Port()) // as a little-endian kernel writes it
	const listening = "0A"
	for lines := bufio.NewScanner(table); lines.Scan(); {
		f := strings.Fields(lines.Text()) // sl local remote state … inode, proc(5)
		if len(f) > 9 && f[1] == local && f[3] == listening {
			return holds(pid, "socket:["+f[9]+"]")
		}
	}
	return false
}

// holds reports whether a file of that name is open in process pid.
func holds(pid int, name string) bool {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid)) // the pattern is good
	for _, f := range files {
		if to, err := os.Readlink(f); err == nil && to == name {
			return true
		}
	}
	return false
}
