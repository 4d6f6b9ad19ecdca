package listen

import (
	"cmp"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	usualPerRemote rate.Limit = 25
	usualOverall   rate.Limit = 100
	saved                     = 4 // seconds of the rate that may come at once
	mostRemotes               = 4096
)

// limits are how often may be asked: by one address, and by all.
type limits struct {
	perRemote rate.Limit
	overall   *rate.Limiter

	mutex   sync.Mutex
	remotes map[string]*rate.Limiter
}

func newLimits(perRemote, overall rate.Limit) *limits {
	perRemote, overall = cmp.Or(perRemote, usualPerRemote), cmp.Or(overall, usualOverall)
	return &limits{perRemote: perRemote, overall: rate.NewLimiter(overall, burst(overall)), remotes: map[string]*rate.Limiter{}}
}

func burst(limit rate.Limit) int { return max(1, int(limit*saved)) }

// wait is 0 when the request may pass, else how long its sender should wait.
func (l *limits) wait(address string, now time.Time) time.Duration {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if wait := taken(l.of(remote(address), now), now); wait > 0 {
		return wait
	}
	return taken(l.overall, now)
}

// taken takes one from a limiter, or nothing and tells how long until there is one.
func taken(limiter *rate.Limiter, now time.Time) time.Duration {
	reservation := limiter.ReserveN(now, 1)
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

// of is the limiter of one sender. Where there are too many of them, those who have rested are forgotten.
func (l *limits) of(sender string, now time.Time) *rate.Limiter {
	limiter, known := l.remotes[sender]
	if known {
		return limiter
	}
	if len(l.remotes) >= mostRemotes {
		for other, limiter := range l.remotes {
			if limiter.TokensAt(now) >= float64(limiter.Burst()) {
				delete(l.remotes, other)
			}
		}
	}
	if len(l.remotes) >= mostRemotes {
		return l.overall // as many at once are one crowd
	}
	limiter = rate.NewLimiter(l.perRemote, burst(l.perRemote))
	l.remotes[sender] = limiter
	return limiter
}

// remote names a sender: an address, or the network of 64 bits that one IPv6 customer has.
func remote(address string) string {
	pair, err := netip.ParseAddrPort(address)
	if err != nil {
		return ""
	}
	ip := pair.Addr().Unmap().WithZone("")
	if ip.Is6() {
		if network, err := ip.Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}
