package access

import (
	"kisiflow/gymflow"
)

// meaning is what a status word does to access by itself; dates, debts and blocks come on top.
type meaning struct {
	opens  bool
	reason Reason // why it does not open
}

// meanings is the one table of status words. That cancelling opens (it runs to its end date) and that
// pending does not are inferred (gymflow-facts.md 2.3): change them here. A word that is not here is unknown.
func meanings() map[gymflow.Status]meaning {
	return map[gymflow.Status]meaning{
		gymflow.Active:     {opens: true},
		gymflow.Cancelling: {opens: true},
		gymflow.Pending:    {reason: NotStarted},
		gymflow.Paused:     {reason: IsPaused},
		gymflow.Overdue:    {reason: MissedPayment},
		gymflow.Cancelled:  {reason: IsCancelled},
		gymflow.Expired:    {reason: IsExpired},
	}
}

// obstacleOn says what keeps a holding from granting on a day, its member's debts aside: "" when nothing does.
func (r *reading) obstacleOn(holding *gymflow.Holding, day gymflow.Date) Reason {
	status := r.statusOn(holding, day)
	word := r.statuses[status]
	switch {
	case hasEnded(holding, day) && word.reason != IsCancelled:
		if status == gymflow.Cancelling {
			return IsCancelled
		}
		return IsExpired
	case word.reason == IsCancelled || word.reason == IsExpired:
		return word.reason
	case r.primaryEnded(holding, day):
		return IsCancelled
	case !word.opens && word.reason != MissedPayment: // a debt is the member's, see debtOn
		return word.reason
	case !holding.StartsOn.IsZero() && day.Before(holding.StartsOn):
		return NotStarted
	case pausedByDates(holding, day):
		return IsPaused
	default:
		return ""
	}
}

// statusOn is the status word that Gymflow will show on a day, as far as dates tell: what is pending becomes
// active on its start date, and what is paused on its resume date. For today it is the word as it came: a
// holding that is still pending on its start date has not started.
func (r *reading) statusOn(holding *gymflow.Holding, day gymflow.Date) gymflow.Status {
	switch {
	case holding.Status == gymflow.Pending && comes(holding.StartsOn, r.today, day),
		holding.Status == gymflow.Paused && comes(holding.ResumesOn, r.today, day):
		return gymflow.Active
	default:
		return holding.Status
	}
}

// comes reports whether a date lies after today and is reached on the day.
func comes(date, today, day gymflow.Date) bool {
	return date.After(today) && !day.Before(date)
}

// hasEnded: a date-only end runs through the end of that day.
func hasEnded(holding *gymflow.Holding, day gymflow.Date) bool {
	return !holding.EndsOn.IsZero() && holding.EndsOn.Before(day)
}

// pausedByDates: from PausedFrom to the day before ResumesOn, open when there is none. A ResumesOn without
// PausedFrom is no pause.
func pausedByDates(holding *gymflow.Holding, day gymflow.Date) bool {
	if holding.PausedFrom.IsZero() || day.Before(holding.PausedFrom) {
		return false
	}
	return holding.ResumesOn.IsZero() || day.Before(holding.ResumesOn)
}

// primaryEnded: a linked holding follows its own status, but never grants once every holding of the same
// membership that its primary has is over. A primary who is not in the roster, can't be read, or has no such
// holding proves nothing.
func (r *reading) primaryEnded(holding *gymflow.Holding, day gymflow.Date) bool {
	primary := r.primary(holding)
	if primary == nil {
		return false
	}
	found := false
	for i := range primary.Holdings {
		own := &primary.Holdings[i]
		if own.MembershipID != holding.MembershipID {
			continue
		}
		found = true
		if reason := r.statuses[own.Status].reason; reason != IsCancelled && reason != IsExpired && !hasEnded(own, day) {
			return false
		}
	}
	return found
}

func (r *reading) primary(holding *gymflow.Holding) *gymflow.Member {
	if holding.PrimaryMemberID == "" {
		return nil
	}
	primary := r.members[holding.PrimaryMemberID]
	if primary == nil || primary.Unreadable != "" {
		return nil
	}
	return primary
}

// debt is one unpaid invoice that keeps its member out.
type debt struct {
	holding *gymflow.Holding // nil: Gymflow says it of the member
	since   gymflow.Date     // when it fell due; zero when unknown
	from    gymflow.Date     // since when it keeps the member out: after the days of grace
}

// debtOn is the oldest unpaid invoice that counts on a day, nil when none does. Old ones count too, and no
// other good holding helps while one is there (gymflow-facts.md 2.4).
func (r *reading) debtOn(member *gymflow.Member, day gymflow.Date) *debt {
	var oldest *debt
	consider := func(holding *gymflow.Holding, since gymflow.Date) {
		from := since
		if !since.IsZero() && r.rules.GraceDays > 0 {
			from = since.AddDays(r.rules.GraceDays)
			if day.Before(from) {
				return
			}
		}
		// A known date tells the admin more than an unknown one.
		if oldest == nil || oldest.since.IsZero() || (!since.IsZero() && since.Before(oldest.since)) {
			oldest = &debt{holding: holding, since: since, from: from}
		}
	}
	for i := range member.Holdings {
		holding := &member.Holdings[i]
		switch {
		case !holding.OverdueSince.IsZero():
			consider(holding, holding.OverdueSince)
		case r.statuses[holding.Status].reason == MissedPayment:
			consider(holding, member.OverdueSince)
		}
	}
	if !member.OverdueSince.IsZero() {
		consider(nil, member.OverdueSince)
	}
	return oldest
}
