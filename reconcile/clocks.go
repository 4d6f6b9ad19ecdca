package reconcile

import (
	"time"
)

// compareClocks looks at the services' Date headers. The host's clock and the process's own (KISIFLOW_NOW moves it) are
// both compared, and the nearer one counts: a moved clock beside simulators is no wrong clock.
func (s *survey) compareClocks() {
	s.skew, s.otherTimes = 0, nil
	now := s.engine.options.Now()
	moved := time.Since(now) // how far the process's clock is behind the host's
	judge := func(service string, skew time.Duration, seen bool) {
		if !seen {
			return
		}
		if other := skew + moved; other.Abs() < skew.Abs() {
			skew = other
		}
		if skew.Abs() > s.skew.Abs() {
			s.skew = skew
		}
		if skew.Abs() <= clockTolerance {
			return
		}
		direction := "behind"
		if skew < 0 {
			direction = "ahead of"
		}
		s.otherTimes = append(s.otherTimes, now.Add(skew))
		s.note("This machine's clock is %.0f minutes %s %s's. Set it right (timedatectl set-ntp true); until then a right on which the two clocks disagree stays as it is.",
			skew.Abs().Minutes(), direction, service)
	}
	kisiTraffic, gymflowTraffic := s.services.kisi.Stats(), s.services.gymflow.Stats()
	judge("Kisi", kisiTraffic.ClockSkew, kisiTraffic.ClockSeen)
	judge("Gymflow", gymflowTraffic.ClockSkew, gymflowTraffic.ClockSeen)
}

// serviceNow is the time as the services see it: what Kisi will write into created_at.
func (s *survey) serviceNow() time.Time { return s.engine.options.Now().Add(s.skew) }
