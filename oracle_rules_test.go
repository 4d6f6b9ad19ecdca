package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// This file is a second reading of design.md section 4 and of gymflow-api.md, made without a look at the rules that
// kisiflow itself follows. It works on the raw JSON that Gymflow serves, and compares days as the text that they are.

type (
	wireMember struct {
		ID           string        `json:"id"`
		Email        string        `json:"email"`
		FirstName    string        `json:"first_name"`
		LastName     string        `json:"last_name"`
		OverdueSince string        `json:"overdue_since"`
		Blocked      bool          `json:"blocked"`
		Holdings     []wireHolding `json:"holdings"`
		App          *wireApp      `json:"app"`
	}
	wireHolding struct {
		ID           string `json:"id"`
		MembershipID string `json:"membership_id"`
		Status       string `json:"status"`
		StartsOn     string `json:"starts_on"`
		EndsOn       string `json:"ends_on"`
		PausedFrom   string `json:"paused_from"`
		ResumesOn    string `json:"resumes_on"`
		OverdueSince string `json:"overdue_since"`
		Primary      string `json:"primary_member_id"`
	}
	wireApp struct {
		SignedIn      *bool `json:"signed_in"`
		Bluetooth     *bool `json:"bluetooth"`
		Location      *bool `json:"location"`
		PrimaryDevice *bool `json:"primary_device"`
	}
)

// readWire pages through a collection of the simulated Gymflow.
func readWire[T any](t *testing.T, address, token, collection string) []T {
	t.Helper()
	var all []T
	for cursor := ""; ; {
		query := url.Values{"limit": {"200"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address+"/v1/"+collection+"?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Data       []T     `json:"data"`
			NextCursor *string `json:"next_cursor"`
			Total      int     `json:"total"`
		}
		err = json.NewDecoder(answer.Body).Decode(&page)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("reading %s: status %d, %v", collection, answer.StatusCode, err)
		}
		all = append(all, page.Data...)
		if page.NextCursor == nil {
			if len(all) != page.Total {
				t.Fatalf("reading %s: %d of %d", collection, len(all), page.Total)
			}
			return all
		}
		cursor = *page.NextCursor
	}
}

// ordered is the admin's override of one member: to allow through a day, or to block.
type ordered struct {
	allowUntil string // that day included
	block      bool
}

// oracle says who deserves which group on one day.
type oracle struct {
	members   []wireMember
	groupOf   map[string]int64 // membership → group
	recurring map[string]bool  // memberships that run on until they are cancelled
	today     string
	graceDays int
	overrides map[string]ordered
}

// judgement is what the oracle says of one member.
type judgement struct {
	held    bool           // an unknown status: everything stays as it is
	groups  map[int64]bool // deserved
	reasons []string       // those that the text allows; "" is none
}

func (o oracle) judge(member wireMember) judgement {
	verdict := judgement{groups: map[int64]bool{}}
	order := o.overrides[member.ID]
	if order.block || (order.allowUntil != "" && o.today <= order.allowUntil) {
		for _, holding := range member.Holdings {
			if group := o.groupOf[holding.MembershipID]; group != 0 && !order.block {
				verdict.groups[group] = true
			}
		}
		verdict.reasons = []string{"override"}
		if !order.block && len(verdict.groups) == 0 {
			verdict.reasons = append(verdict.reasons, o.withoutAccess(member)...) // an allowance that opens nothing
		} else if !order.block && foldEmail(member.Email) == "" {
			verdict.reasons = append(verdict.reasons, "no_email")
		}
		return verdict
	}
	if slices.ContainsFunc(member.Holdings, func(h wireHolding) bool { return !isStatus(statusOf(h)) }) {
		verdict.held, verdict.reasons = true, []string{"unknown_status"}
		return verdict
	}
	for _, holding := range member.Holdings {
		if len(o.personal(member)) == 0 && len(o.obstacles(holding)) == 0 {
			verdict.groups[o.groupOf[holding.MembershipID]] = true
		}
	}
	if len(verdict.groups) > 0 {
		verdict.reasons = withAccess(member)
	} else {
		verdict.reasons = o.withoutAccess(member)
	}
	return verdict
}

// statusOf reads the word in any case, and "past due" as overdue.
func statusOf(holding wireHolding) string {
	word := strings.ToLower(strings.TrimSpace(holding.Status))
	if word == "past due" {
		return "overdue"
	}
	return word
}

func isStatus(word string) bool {
	return slices.Contains([]string{"active", "pending", "paused", "cancelling", "overdue", "cancelled", "expired"}, word)
}

// personal is what keeps this member out whatever they hold.
func (o oracle) personal(member wireMember) []string {
	var found []string
	if o.owes(member) {
		found = append(found, "missed_payment")
	}
	if member.Blocked {
		found = append(found, "blocked")
	}
	return found
}

// owes: an overdue invoice of any of the memberships, old ones too, that is no longer within the grace days. Without
// grace days its being there is enough, whatever its date.
func (o oracle) owes(member wireMember) bool {
	owes := func(since string) bool {
		return since != "" && (o.graceDays == 0 || o.today >= daysAfter(since, o.graceDays))
	}
	if owes(member.OverdueSince) {
		return true
	}
	return slices.ContainsFunc(member.Holdings, func(h wireHolding) bool {
		dateless := statusOf(h) == "overdue" && h.OverdueSince == "" && member.OverdueSince == ""
		return dateless || owes(h.OverdueSince)
	})
}

func daysAfter(day string, days int) string {
	parsed, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return parsed.AddDate(0, 0, days).Format(time.DateOnly)
}

// obstacles is what keeps one holding from granting, beside what is personal.
func (o oracle) obstacles(holding wireHolding) []string {
	var found []string
	if o.groupOf[holding.MembershipID] == 0 {
		found = append(found, "not_included")
	}
	switch status := statusOf(holding); status {
	case "pending":
		found = append(found, "not_started")
	case "paused", "cancelled", "expired":
		found = append(found, status)
	case "overdue":
		// While its grace days last, an overdue holding runs as an active one; o.owes says when they are over.
	}
	if holding.StartsOn > o.today {
		found = append(found, "not_started")
	}
	if holding.EndsOn != "" && holding.EndsOn < o.today {
		found = append(found, o.overAs(holding)...)
	}
	if holding.PausedFrom != "" && holding.PausedFrom <= o.today && (holding.ResumesOn == "" || o.today < holding.ResumesOn) {
		found = append(found, "paused")
	}
	if o.primaryLeft(holding) {
		found = append(found, "cancelled|expired")
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// overAs: a day that is over speaks of a cancellation where one was under way, and of an end where the period was bought.
func (o oracle) overAs(holding wireHolding) []string {
	switch {
	case statusOf(holding) == "cancelling":
		return []string{"cancelled"}
	case statusOf(holding) == "cancelled", statusOf(holding) == "expired":
		return nil // the status said it already
	case o.recurring[holding.MembershipID]:
		return []string{"cancelled|expired"}
	}
	return []string{"expired"}
}

// primaryLeft: the payer's holding of the same membership is cancelled or expired, by its word or because its last day is
// over, and they have no other of it.
func (o oracle) primaryLeft(holding wireHolding) bool {
	if holding.Primary == "" {
		return false
	}
	left := false
	for _, payer := range o.members {
		if payer.ID != holding.Primary {
			continue
		}
		for _, paid := range payer.Holdings {
			if paid.MembershipID != holding.MembershipID {
				continue
			}
			over := paid.EndsOn != "" && paid.EndsOn < o.today
			if status := statusOf(paid); !over && status != "cancelled" && status != "expired" {
				return false
			}
			left = true
		}
	}
	return left
}

// withAccess: reasons beside access. Which phone settings matter depends on the group's restrictions, so that only a
// phone with nothing amiss must be without a reason.
func withAccess(member wireMember) []string {
	if foldEmail(member.Email) == "" {
		return []string{"no_email"}
	}
	if member.App == nil {
		return []string{""}
	}
	if app := member.App; app.SignedIn != nil && !*app.SignedIn {
		return []string{"missing_permission"}
	}
	for _, flag := range []*bool{member.App.Bluetooth, member.App.Location, member.App.PrimaryDevice} {
		if flag != nil && !*flag {
			return []string{"missing_permission"}
		}
	}
	return []string{""}
}

// withoutAccess: the reasons that can be meant. There is one where the text leaves no doubt.
func (o oracle) withoutAccess(member wireMember) []string {
	if len(member.Holdings) == 0 {
		return append(o.personal(member), "no_membership")
	}
	personal, own := o.personal(member), [][]string{}
	for _, holding := range member.Holdings {
		own = append(own, o.obstacles(holding))
	}
	if slices.ContainsFunc(own, func(one []string) bool { return len(one) == 0 }) {
		return personal // nothing else is in the way of that holding
	}
	// What is over is further from access than what only waits for something.
	isOver := func(one []string) bool {
		return slices.ContainsFunc(one, func(each string) bool {
			return strings.Contains(each, "cancelled") || strings.Contains(each, "expired")
		})
	}
	waits := func(one []string) bool { return !isOver(one) && !slices.Contains(one, "not_included") }
	if slices.ContainsFunc(own, waits) {
		own = slices.DeleteFunc(own, func(one []string) bool { return !waits(one) })
	}
	var meant []string
	for _, one := range own {
		for _, each := range one {
			meant = append(meant, strings.Split(each, "|")...)
		}
	}
	meant = append(meant, personal...)
	slices.Sort(meant)
	return slices.Compact(meant)
}

// addressed is what all members of one e-mail deserve together: one Kisi user, the union.
type addressed struct {
	groups  map[int64]bool
	members int
	held    int
}

func foldEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// byEmail is the union that Kisi should show.
func (o oracle) byEmail() (union map[string]*addressed, verdicts map[string]judgement) {
	union, verdicts = map[string]*addressed{}, map[string]judgement{}
	for _, member := range o.members {
		verdict := o.judge(member)
		verdicts[member.ID] = verdict
		email := foldEmail(member.Email)
		if email == "" {
			continue
		}
		if union[email] == nil {
			union[email] = &addressed{groups: map[int64]bool{}}
		}
		union[email].members++
		if verdict.held {
			union[email].held++
		}
		for group := range verdict.groups {
			union[email].groups[group] = true
		}
	}
	return union, verdicts
}

// shown is how a difference names a member.
func shown(member wireMember) string {
	text, err := json.Marshal(member)
	if err != nil {
		return fmt.Sprint(member)
	}
	return string(text)
}
