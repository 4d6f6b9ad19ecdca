package kisi

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	usualRate = 4.0 // Kisi allows 5 a second and user, shared with the dashboard (kisi-api.md trap 17)
	highest   = 5.0 // against anything but loopback
	slowest   = 0.25
	steps     = 16 // successes that bring the full rate back from nothing
	// crowd is how many requests may fall into the time of one less at the full rate: at 4 a second, the 5 a second that Kisi allows.
	crowd = 5
	// sway is by how much the time between two requests may shrink on their way.
	sway = 1.02
	// manners: who makes way for urgent calls leaves this much more than the limiter asks for between two of its own, so that
	// of the crowd's time always some has passed already when the second urgent call of a look comes.
	manners = 13.0 / 12
)

// pace is the one limiter of a client. A 429 halves it, each success gives a sixteenth of the full rate
// back. At 4 a second that takes about 14 seconds from the floor; where every fifth request is throttled it
// swings between 1 and 2, and doesn't sink to the floor for good as it would if only long runs of success counted.
//
// What is urgent does not wait for the limiter, so that somebody in front of a door doesn't wait behind a long run: only
// for the crowd. No more than 5 requests leave in any second, urgent or not.
type pace struct {
	limiter *rate.Limiter
	full    rate.Limit

	mutex sync.Mutex
	sent  [crowd]time.Time // the last requests, the oldest first
	told  time.Time        // to slow down: by a 429
}

func newPace(perSecond float64) *pace {
	full := rate.Limit(perSecond)
	return &pace{limiter: rate.NewLimiter(full, 1), full: full}
}

// urgentKey marks a context whose calls need not wait for the limiter.
type urgentKey struct{}

// Urgent lets calls with this context go before the limiter's time, as far as Kisi allows.
func Urgent(ctx context.Context) context.Context { return context.WithValue(ctx, urgentKey{}, true) }

func (p *pace) wait(ctx context.Context) error {
	urgent, _ := ctx.Value(urgentKey{}).(bool)
	if urgent = urgent && !p.slowed(); !urgent {
		if err := p.limiter.Wait(ctx); err != nil {
			return err
		}
	}
	for {
		after := p.enter(urgent)
		if after <= 0 {
			return nil
		}
		timer := time.NewTimer(after)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// enter counts a request that leaves now, or tells how long the crowd is still too dense for it.
func (p *pace) enter(urgent bool) time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	now := time.Now()
	if after := p.sent[0].Add(p.dense()).Sub(now); after > 0 {
		return after
	}
	if urgent {
		p.limiter.Allow() // where there is a token, this request is the one it was for
	}
	copy(p.sent[:], p.sent[1:])
	p.sent[crowd-1] = now
	return 0
}

// dense is the time in which no more than a crowd may leave. Up to the rate that Kisi allows it is a second or more.
func (p *pace) dense() time.Duration {
	limit := float64(p.limiter.Limit())
	seconds := (crowd - 1) / limit
	if limit <= highest {
		seconds = max(1, seconds)
	}
	return time.Duration(seconds * sway * float64(time.Second))
}

// slowed: who was told to slow down has no right to hurry, for as long as a crowd takes.
func (p *pace) slowed() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return !p.told.IsZero() && time.Since(p.told) < p.dense()
}

// delay is how long an ordinary call would wait now that makes way for urgent ones.
func (p *pace) delay() time.Duration {
	p.mutex.Lock()
	last, dense := p.sent, p.dense()
	p.mutex.Unlock()
	limit := float64(p.limiter.Limit())
	if limit <= 0 {
		return 0
	}
	missing := time.Duration((1 - p.limiter.Tokens()) / limit * float64(time.Second))
	polite := time.Until(last[crowd-1].Add(time.Duration(manners / limit * float64(time.Second))))
	return max(0, missing, polite, time.Until(last[0].Add(dense)))
}

func (p *pace) now() float64 { return float64(p.limiter.Limit()) }

func (p *pace) throttled() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.limiter.SetLimit(max(p.limiter.Limit()/2, min(slowest, p.full)))
	p.told = time.Now()
}

func (p *pace) succeeded() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.limiter.Limit() < p.full {
		p.limiter.SetLimit(min(p.full, p.limiter.Limit()+p.full/steps))
	}
}
