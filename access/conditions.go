package access

import (
	"fmt"
	"time"

	"kisiflow/gymflow"
)

// Condition is one thing that must be so for a member to be let in, and whether it is.
type Condition struct {
	Text  string // a sentence
	Holds bool
}

// Conditions lists the rules' conditions for one member of the roster as they stand now: first those of the member, then
// those of each holding. They come from the same functions that decide, so that a list of them never tells another story. A
// holding that is over, or opens nothing, is told in one line.
func Conditions(now time.Time, roster gymflow.Roster, rules Rules, memberID string) []Condition {
	r := newReading(now, roster, rules)
	member := r.members[memberID]
	if member == nil {
		return nil
	}
	if override := r.overrideOn(memberID, r.today); override != nil {
		told := "An admin blocked this member, whatever the rules say."
		if override.Kind == Allow {
			told = "An admin allows this member until " + spoken(override.Until) + ", whatever the rules say."
		}
		return append([]Condition{{told, override.Kind == Allow}}, r.conditions(member)...)
	}
	return r.conditions(member)
}

func (r *reading) conditions(member *gymflow.Member) []Condition {
	if member.Unreadable != "" {
		return []Condition{{member.Unreadable, false}}
	}
	told := func(holds bool, yes, no string) Condition {
		if holds {
			return Condition{yes, true}
		}
		return Condition{no, false}
	}
	list := []Condition{told(!member.Blocked, "Not blocked in Gymflow.", "Staff blocked this member in Gymflow.")}
	owed := r.debtOn(member, r.today)
	overdue := ""
	if owed != nil {
		overdue = "An invoice is overdue" + dated(" since ", owed.since) + "."
	}
	list = append(list, told(owed == nil, "No overdue invoice that keeps the member out.", overdue),
		told(len(member.Holdings) > 0, fmt.Sprintf("Memberships in Gymflow, old ones included: %d.", len(member.Holdings)), "No membership in Gymflow."))
	for i := range member.Holdings {
		list = append(list, r.conditionsOf(&member.Holdings[i])...)
	}
	return list
}

// conditionsOf are one holding's.
func (r *reading) conditionsOf(holding *gymflow.Holding) []Condition {
	name := r.membershipName(holding.MembershipID)
	word, known := r.statuses[holding.Status]
	if !known {
		return []Condition{{fmt.Sprintf("%s has the status %q, which kisiflow does not know.", name, string(holding.Status)), false}}
	}
	obstacle := r.obstacleOn(holding, r.today)
	if obstacle == IsCancelled || obstacle == IsExpired {
		over := name + " is " + string(holding.Status)
		if hasEnded(holding, r.today) {
			over += ", ended on " + spoken(holding.EndsOn)
		} else if word.opens {
			over += ", but the membership that it shares is over"
		}
		return []Condition{{over + ".", false}}
	}
	group := r.groups[holding.MembershipID]
	switch {
	case group == 0:
		return []Condition{{name + " opens no access group (Associations).", false}}
	case r.rules.GoneGroups[group]:
		return []Condition{{"The access group of " + name + " no longer exists in Kisi.", false}}
	}
	opens := word.opens || word.reason == MissedPayment // a debt is the member's own line
	list := []Condition{
		{name + " opens " + r.groupLabel(group) + ".", true},
		{fmt.Sprintf("%s is %s in Gymflow.", name, holding.Status), opens},
	}
	if !holding.StartsOn.IsZero() {
		begun := !r.today.Before(holding.StartsOn)
		list = append(list, Condition{name + begins(begun) + spoken(holding.StartsOn) + ".", begun})
	}
	if !holding.EndsOn.IsZero() {
		list = append(list, Condition{name + " runs to the end of " + spoken(holding.EndsOn) + ".", true})
	}
	if !holding.PausedFrom.IsZero() {
		paused := pausedByDates(holding, r.today)
		text := name + ": a pause from " + spoken(holding.PausedFrom) + dated(", resuming on ", holding.ResumesOn)
		if paused {
			text += ", which goes on today"
		} else {
			text += ", but not today"
		}
		list = append(list, Condition{text + ".", !paused})
	}
	return list
}

func begins(begun bool) string {
	if begun {
		return " started on "
	}
	return " starts on "
}

func (r *reading) groupLabel(group int64) string {
	for _, association := range r.rules.Associations {
		if association.GroupID == group && association.GroupName != "" {
			return association.GroupName
		}
	}
	return "group " + itoa(group)
}
