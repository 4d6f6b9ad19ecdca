package gymflowtest

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"kisiflow/gymflow"
	"kisiflow/internal/simcontrol"
)

// memberChange is the body of POST /sim/members/{who}: what is not given stays as it is, an empty date or e-mail is taken away.
type memberChange struct {
	Holding    *string `json:"holding"`
	Status     *string `json:"status"`
	StartsOn   *string `json:"starts_on"`
	EndsOn     *string `json:"ends_on"`
	PausedFrom *string `json:"paused_from"`
	ResumesOn  *string `json:"resumes_on"`
	Invoice    *string `json:"invoice"`
	Blocked    *bool   `json:"blocked"`
	Email      *string `json:"email"`
	FirstName  *string `json:"first_name"`
	LastName   *string `json:"last_name"`
}

// newMember is the body of POST /sim/members.
type newMember struct {
	Membership string `json:"membership"`
	memberChange
}

func (c *control) changeMember(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[memberChange](r)
	if err != nil {
		return nil, err
	}
	if sent == (memberChange{}) {
		return nil, simcontrol.Refuse("Say what to change of %q: status, invoice, blocked, email, a name or a date.", r.PathValue("who"))
	}
	// One lock from reading to writing: the demo's gym lives meanwhile.
	c.gym.mutex.Lock()
	defer c.gym.mutex.Unlock()
	found, err := find(c.gym.members, r.PathValue("who"))
	if err != nil {
		return nil, err
	}
	changed := copyMember(*found)
	if err := sent.apply(&changed, c.gym.today()); err != nil {
		return nil, err
	}
	c.gym.change(changed)
	return c.gym.wired(changed.ID), nil
}

func (c *control) addMember(r *http.Request) (any, error) {
	sent, err := simcontrol.Body[newMember](r)
	if err != nil {
		return nil, err
	}
	c.mutex.Lock() // before the gym's, always: who is away keeps their id
	defer c.mutex.Unlock()
	c.gym.mutex.Lock()
	defer c.gym.mutex.Unlock()
	at := slices.IndexFunc(c.gym.memberships, func(m gymflow.Membership) bool { return m.ID == sent.Membership || m.Name == sent.Membership })
	if at < 0 {
		var names []string
		for _, membership := range c.gym.memberships {
			names = append(names, fmt.Sprintf("%s (%s)", membership.Name, membership.ID))
		}
		return nil, simcontrol.Refuse("membership %q is not sold here; there are: %s.", sent.Membership, strings.Join(names, ", "))
	}
	sold, today := c.gym.memberships[at].ID, c.gym.today()
	number := c.freeNumber()
	holding := gymflow.Holding{ID: fmt.Sprintf("h_sim_%d", number), MembershipID: sold, Status: gymflow.Active, StartsOn: today}
	if days := length(sold); days > 0 {
		holding.EndsOn = today.AddDays(days - 1)
	}
	member := gymflow.Member{ID: fmt.Sprintf("m_sim_%d", number), FirstName: "New", LastName: fmt.Sprintf("Member %d", number), Holdings: []gymflow.Holding{holding}}
	if err := sent.apply(&member, today); err != nil {
		return nil, err
	}
	c.gym.change(member)
	return c.gym.wired(member.ID), nil
}

// freeNumber is the first that no member of ours has; a gym that was taken up again has some.
func (c *control) freeNumber() int {
	for number := 1; ; number++ {
		id := fmt.Sprintf("m_sim_%d", number)
		_, listed := c.gym.place[id]
		if !listed && !slices.ContainsFunc(c.away, func(member *gymflow.Member) bool { return member.ID == id }) {
			return number
		}
	}
}

// wired shows a member as it was stored, with the gym's mutex held.
func (g *Gym) wired(id string) object { return wireMember(g.members[g.place[id]]) }

func (m memberChange) apply(member *gymflow.Member, today gymflow.Date) error {
	if m.Email != nil {
		email := strings.TrimSpace(*m.Email)
		if email != "" && !strings.Contains(email, "@") {
			return simcontrol.Refuse("email %q is not an address; an empty one takes it away.", *m.Email)
		}
		member.Email = email
	}
	if m.FirstName != nil {
		member.FirstName = *m.FirstName
	}
	if m.LastName != nil {
		member.LastName = *m.LastName
	}
	if m.Blocked != nil {
		member.Blocked = *m.Blocked
	}
	if m.aboutHolding() {
		holding, err := m.choose(member)
		if err != nil {
			return err
		}
		if err := m.applyToHolding(holding, today); err != nil {
			return err
		}
		if holding.Status == gymflow.Overdue && holding.OverdueSince.IsZero() {
			owe(member, holding, today)
		}
	}
	return m.applyInvoice(member, today)
}

func (m memberChange) aboutHolding() bool {
	return m.Holding != nil || m.Status != nil || m.StartsOn != nil || m.EndsOn != nil || m.PausedFrom != nil || m.ResumesOn != nil
}

// choose finds the holding that is meant, by its id or its membership's; the only one needs no name.
func (m memberChange) choose(member *gymflow.Member) (*gymflow.Holding, error) {
	var names []string
	for i := range member.Holdings {
		holding := &member.Holdings[i]
		if m.Holding != nil && (holding.ID == *m.Holding || holding.MembershipID == *m.Holding) || m.Holding == nil && len(member.Holdings) == 1 {
			return holding, nil
		}
		names = append(names, fmt.Sprintf("%s (%s, %s)", holding.ID, holding.MembershipID, holding.Status))
	}
	switch {
	case len(names) == 0:
		return nil, simcontrol.Refuse("Member %q holds nothing whose status or dates could change.", member.ID)
	case m.Holding == nil:
		return nil, simcontrol.Refuse("Member %q has several holdings; say which as \"holding\": %s.", member.ID, strings.Join(names, ", "))
	}
	return nil, simcontrol.Refuse("holding %q is none of member %q's; there are: %s.", *m.Holding, member.ID, strings.Join(names, ", "))
}

func (m memberChange) applyToHolding(holding *gymflow.Holding, today gymflow.Date) error {
	if m.Status != nil {
		status := gymflow.Status(*m.Status)
		if !status.Known() {
			return simcontrol.Refuse("status %q is not known; there are: %s. The fault unknown-status shows a member with another word.", status, statusWords())
		}
		become(holding, status, today)
	}
	for _, date := range []struct {
		name string
		text *string
		into *gymflow.Date
	}{
		{"starts_on", m.StartsOn, &holding.StartsOn}, {"ends_on", m.EndsOn, &holding.EndsOn},
		{"paused_from", m.PausedFrom, &holding.PausedFrom}, {"resumes_on", m.ResumesOn, &holding.ResumesOn},
	} {
		if date.text == nil {
			continue
		}
		*date.into = gymflow.Date{}
		if *date.text != "" {
			day, err := gymflow.ParseDate(*date.text)
			if err != nil {
				return simcontrol.Refuse("%s %q is not a date like 2026-03-31; an empty one takes it away.", date.name, *date.text)
			}
			*date.into = day
		}
	}
	if holding.StartsOn.IsZero() {
		return simcontrol.Refuse("starts_on can't be empty: every holding has a first day.")
	}
	if !holding.EndsOn.IsZero() && holding.EndsOn.Before(holding.StartsOn) {
		return simcontrol.Refuse("ends_on %q is before starts_on %q.", holding.EndsOn, holding.StartsOn)
	}
	if !holding.ResumesOn.IsZero() && (holding.PausedFrom.IsZero() || !holding.PausedFrom.Before(holding.ResumesOn)) {
		return simcontrol.Refuse("resumes_on %q has to come after paused_from %q.", holding.ResumesOn, holding.PausedFrom)
	}
	return nil
}

// become sets a status with the dates that it has at a real gym; dates that are given as well go over these. An invoice
// that is open stays so: a member can be active again and still owe.
func become(holding *gymflow.Holding, status gymflow.Status, today gymflow.Date) {
	holding.Status = status
	if status != gymflow.Paused {
		holding.PausedFrom, holding.ResumesOn = gymflow.Date{}, gymflow.Date{}
	}
	if status != gymflow.Pending && holding.StartsOn.After(today) {
		holding.StartsOn = today
	}
	switch status {
	case gymflow.Active, gymflow.Overdue:
		if ended(*holding, today) {
			holding.EndsOn = gymflow.Date{}
		}
	case gymflow.Paused:
		holding.PausedFrom, holding.ResumesOn = today, gymflow.Date{}
	case gymflow.Pending:
		if !holding.StartsOn.After(today) {
			holding.StartsOn = today.AddDays(1)
		}
		if !holding.EndsOn.IsZero() && holding.EndsOn.Before(holding.StartsOn) {
			holding.EndsOn = gymflow.Date{}
		}
	case gymflow.Cancelling:
		if holding.EndsOn.IsZero() || ended(*holding, today) {
			holding.EndsOn = today.AddDays(30)
		}
	case gymflow.Cancelled, gymflow.Expired:
		if !ended(*holding, today) {
			holding.EndsOn = today.AddDays(-1)
			if holding.StartsOn.After(holding.EndsOn) {
				holding.EndsOn = holding.StartsOn
			}
		}
	}
}

func (m memberChange) applyInvoice(member *gymflow.Member, today gymflow.Date) error {
	if m.Invoice == nil {
		return nil
	}
	switch *m.Invoice {
	case "paid":
		member.OverdueSince = gymflow.Date{}
		for i := range member.Holdings {
			member.Holdings[i].OverdueSince = gymflow.Date{}
			if member.Holdings[i].Status == gymflow.Overdue {
				become(&member.Holdings[i], gymflow.Active, today)
			}
		}
	case "unpaid":
		var holding *gymflow.Holding
		if m.Holding != nil || len(member.Holdings) == 1 {
			var err error
			if holding, err = m.choose(member); err != nil {
				return err
			}
		} else {
			holding = holdingWith(member, gymflow.Active)
		}
		owe(member, holding, today)
	default:
		return simcontrol.Refuse("invoice %q: give paid or unpaid.", *m.Invoice)
	}
	return nil
}

// owe opens an invoice today, of a holding when there is one; a member can owe for what is long gone.
func owe(member *gymflow.Member, holding *gymflow.Holding, today gymflow.Date) {
	if member.OverdueSince.IsZero() {
		member.OverdueSince = today
	}
	if holding == nil {
		return
	}
	holding.OverdueSince = member.OverdueSince
	if holding.Status == gymflow.Active {
		holding.Status = gymflow.Overdue
	}
}

func statusWords() string {
	words := []gymflow.Status{gymflow.Active, gymflow.Pending, gymflow.Paused, gymflow.Cancelling, gymflow.Overdue, gymflow.Cancelled, gymflow.Expired}
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return strings.Join(texts, ", ")
}
