package listen

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Address reads what --listen was given. A bare port, or one with only a colon before it, is on loopback; anything else must
// be asked for by name. open reports that others than this machine can reach it.
func Address(text string) (address string, open bool, err error) {
	text = strings.TrimSpace(text)
	if _, err := strconv.ParseUint(text, 10, 16); err == nil {
		text = ":" + text
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		return "", false, fmt.Errorf("%q is no address to listen at: give a port, or an address with a port like 127.0.0.1:8080", text)
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil {
		return "", false, fmt.Errorf("%q is no port: give a number up to 65535", port)
	} else if port = strconv.FormatUint(number, 10); host == "" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	loopback := err == nil && ip.IsLoopback() || strings.EqualFold(host, "localhost")
	return net.JoinHostPort(host, port), !loopback, nil
}
