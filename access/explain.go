package access

import (
	"fmt"
	"strings"

	"kisiflow/gymflow"
)

// explain fills in why: reason, evidence, since when, and the holding it hangs on.
func (r *reading) explain(member *gymflow.Member, given deserved, decision *Decision) {
	switch override := given.override; {
	case override != nil && override.Kind == Block:
		decision.Reason, decision.Since = Overridden, override.At
		decision.Detail = "Access is blocked" + by(override) + "." + note(override)
	case member.Unreadable != "":
		decision.Reason, decision.Detail = UnknownStatus, member.Unreadable
	case override != nil && len(given.entitled) > 0:
		decision.Reason, decision.Since = Overridden, override.At
		decision.Detail = "Access is allowed until " + spoken(override.Until) + by(override) + "." + note(override)
		decision.HoldingID = given.entitled[0].HoldingID
	case override != nil && len(given.gone) > 0:
		decision.Reason, decision.Detail = GroupGone, "The access group of this membership no longer exists in Kisi."
	case given.hold:
		strange := r.strangeHolding(member)
		decision.Reason, decision.HoldingID = UnknownStatus, strange.ID
		decision.Detail = fmt.Sprintf("%s has the status %q, which kisiflow does not know.",
			r.membershipName(strange.MembershipID), string(strange.Status))
	case member.Blocked:
		decision.Reason, decision.Detail = IsBlocked, "Staff blocked this member in Gymflow."
	case len(given.entitled) > 0:
		r.explainAccess(member, given.entitled, decision)
	default:
		obstacle := r.nearest(member, 0)
		decision.Reason, decision.Detail = obstacle.reason, obstacle.detail
		decision.Since = r.startOf(obstacle.since)
		if obstacle.holding != nil {
			decision.HoldingID = obstacle.holding.ID
		}
	}
}

func by(override *Override) string {
	if override.By == "" {
		return ""
	}
	return " by " + override.By
}

func note(override *Override) string {
	if override.Note == "" {
		return ""
	}
	return " Note: " + override.Note
}

// explainAccess: the member deserves something. Since when is told by the start or the end of a pause; when a
// debt was paid, or a block taken off, no date tells (Rows looks at the row before).
func (r *reading) explainAccess(member *gymflow.Member, entitled []Entitlement, decision *Decision) {
	var words []string
	var since gymflow.Date
	for _, entitlement := range entitled {
		holding := holdingOf(member, entitlement.HoldingID, entitlement.MembershipID)
		words = append(words, r.evidenceOfAccess(member, holding))
		from := holding.StartsOn
		if !holding.ResumesOn.After(r.today) && holding.ResumesOn.After(from) {
			from = holding.ResumesOn
		}
		if since.IsZero() || (!from.IsZero() && from.Before(since)) {
			since = from
		}
	}
	decision.HoldingID = entitled[0].HoldingID
	decision.Since = r.startOf(since)
	decision.Detail = strings.Join(words, " ")
	if off := switchedOff(member.App); off != "" {
		decision.Reason, decision.Since = MissingPermission, r.startOf(gymflow.Date{})
		decision.Detail = "The member's phone: " + off + "."
	}
}

func (r *reading) evidenceOfAccess(member *gymflow.Member, holding *gymflow.Holding) string {
	name := r.membershipName(holding.MembershipID)
	word := r.statuses[holding.Status]
	due := holding.OverdueSince
	if due.IsZero() {
		due = member.OverdueSince
	}
	switch {
	case word.reason == MissedPayment || !due.IsZero():
		return fmt.Sprintf("%s: an invoice is overdue since %s, and access stays to the end of %s.",
			name, spoken(due), spoken(due.AddDays(r.rules.GraceDays-1)))
	case !holding.EndsOn.IsZero():
		return fmt.Sprintf("%s is %s until the end of %s.", name, holding.Status, spoken(holding.EndsOn))
	default:
		return fmt.Sprintf("%s is %s.", name, holding.Status)
	}
}

// holdingOf finds a holding again; ids may be missing in a roster file, so the membership must fit too.
func holdingOf(member *gymflow.Member, holdingID, membershipID string) *gymflow.Holding {
	for i := range member.Holdings {
		if member.Holdings[i].ID == holdingID && member.Holdings[i].MembershipID == membershipID {
			return &member.Holdings[i]
		}
	}
	return &gymflow.Holding{ID: holdingID, MembershipID: membershipID}
}

// switchedOff says what the member's phone lacks; unknown is not lacking.
func switchedOff(app *gymflow.App) string {
	if app == nil {
		return ""
	}
	var off []string
	for _, permission := range []struct {
		on   *bool
		says string
	}{
		{app.SignedIn, "signed out of the app"},
		{app.Bluetooth, "Bluetooth is off"},
		{app.Location, "location is off"},
		{app.PrimaryDevice, "not the primary device"},
	} {
		if permission.on != nil && !*permission.on {
			off = append(off, permission.says)
		}
	}
	return strings.Join(off, ", ")
}

// obstacle is why a holding gives nothing.
type obstacle struct {
	reason  Reason
	holding *gymflow.Holding
	since   gymflow.Date
	detail  string
}

// distance orders reasons by how near the member is to access: what is only unpaid is nearer than what is over.
func distance(reason Reason) int {
	order := []Reason{Overridden, IsBlocked, UnknownStatus, GroupGone, MissedPayment, IsPaused, NotStarted, NotIncluded, IsCancelled, IsExpired, NoMembership}
	for i, candidate := range order {
		if candidate == reason {
			return i
		}
	}
	return len(order)
}

// nearest is the obstacle of the holding nearest to access; with a group, of the holdings that would open it.
// Only holdings of an associated membership can be near: any other that is not over is "not included".
func (r *reading) nearest(member *gymflow.Member, group int64) obstacle {
	best := obstacle{reason: NoMembership, detail: "No membership in Gymflow."}
	if group != 0 {
		best = obstacle{reason: NotIncluded, detail: "No membership of this member opens the group."}
	}
	owed := r.debtOn(member, r.today)
	for i := range member.Holdings {
		holding := &member.Holdings[i]
		opens := r.groups[holding.MembershipID]
		if group != 0 && opens != group {
			continue
		}
		reason := r.obstacleOn(holding, r.today)
		switch {
		case reason == IsCancelled || reason == IsExpired:
		case opens == 0:
			reason = NotIncluded
		case reason == "" && owed != nil:
			reason = MissedPayment
		case reason == "" && r.rules.GoneGroups[opens]:
			reason = GroupGone
		}
		if r.isNearer(reason, holding, best, group) {
			best = obstacle{reason: reason, holding: holding}
		}
	}
	if best.holding != nil {
		r.describe(&best, owed)
	}
	return best
}

// isNearer compares a holding with the best so far; of two that are over the later end counts, of two that have
// not started the earlier start.
func (r *reading) isNearer(reason Reason, holding *gymflow.Holding, best obstacle, group int64) bool {
	if best.holding == nil {
		return group != 0 || distance(reason) < distance(best.reason)
	}
	if distance(reason) != distance(best.reason) {
		return distance(reason) < distance(best.reason)
	}
	switch reason {
	case IsCancelled, IsExpired:
		return holding.EndsOn.After(best.holding.EndsOn)
	case NotStarted:
		return !holding.StartsOn.IsZero() && holding.StartsOn.Before(best.holding.StartsOn)
	default:
		return false
	}
}

// describe writes the evidence: the status word and the dates.
func (r *reading) describe(found *obstacle, owed *debt) {
	holding := found.holding
	name := r.membershipName(holding.MembershipID)
	switch found.reason {
	case MissedPayment:
		found.since, found.detail = owed.from, r.describeDebt(owed, name)
	case IsPaused:
		found.since, found.detail = holding.PausedFrom, name+": paused"+dated(" since ", holding.PausedFrom)+dated(", resumes on ", holding.ResumesOn)+"."
	case NotStarted:
		if holding.StartsOn.After(r.today) {
			found.detail = name + ": starts on " + spoken(holding.StartsOn) + "."
		} else {
			found.detail = fmt.Sprintf("%s: still %s in Gymflow%s.", name, holding.Status, dated(", although it was to start on ", holding.StartsOn))
		}
	case NotIncluded:
		found.detail = name + " opens no access group."
	case GroupGone:
		found.detail = "The access group of " + name + " no longer exists in Kisi."
	case IsCancelled, IsExpired:
		r.describeEnd(found, name)
	default:
		found.detail = fmt.Sprintf("%s is %s.", name, holding.Status)
	}
}

func (r *reading) describeDebt(owed *debt, name string) string {
	since := dated(" since ", owed.since)
	switch {
	case owed.holding == nil:
		return "An invoice is overdue" + since + "; " + name + " opens nothing until it is paid."
	case r.membershipName(owed.holding.MembershipID) != name:
		return r.membershipName(owed.holding.MembershipID) + ": overdue" + since + "; " + name + " opens nothing until it is paid."
	default:
		return name + ": overdue" + since + "."
	}
}

func (r *reading) describeEnd(found *obstacle, name string) {
	holding := found.holding
	word := r.statuses[holding.Status].reason
	if word != IsCancelled && word != IsExpired && !hasEnded(holding, r.today) {
		found.detail = name + " is shared by " + nameOf(r.primary(holding)) + ", whose own is over."
		return
	}
	verb := ": expired"
	if found.reason == IsCancelled {
		verb = ": cancelled"
	}
	found.detail = name + verb
	if hasEnded(holding, r.today) {
		found.since = holding.EndsOn.AddDays(1)
		found.detail += ", ended on " + spoken(holding.EndsOn)
	}
	found.detail += "."
}

func dated(words string, day gymflow.Date) string {
	if day.IsZero() {
		return ""
	}
	return words + spoken(day)
}

func (r *reading) membershipName(id string) string {
	if name := r.names[id]; name != "" {
		return name
	}
	return id
}

// nameOf is how a member is called; without a name the address, else the id.
func nameOf(member *gymflow.Member) string {
	name := strings.TrimSpace(strings.TrimSpace(member.FirstName) + " " + strings.TrimSpace(member.LastName))
	switch {
	case name != "":
		return name
	case strings.TrimSpace(member.Email) != "":
		return strings.TrimSpace(member.Email)
	default:
		return member.ID
	}
}
