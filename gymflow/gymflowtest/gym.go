package gymflowtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"kisiflow/gymflow"
)

// Gym is the simulated gym's data; safe for use from several goroutines.
type Gym struct {
	options Options // what it was made with
	clock   func() time.Time
	zone    *time.Location

	mutex       sync.Mutex
	account     gymflow.Account
	memberships []gymflow.Membership
	// members are in the order of their coming. What a pointer leads to is never changed, only
	// replaced, so that a page under way stays as it was.
	members []*gymflow.Member
	place   map[string]int // member id → index in members
	linked  map[string]int // member id → how many holdings are linked to theirs
	life    *life
}

// NewGym makes a gym without serving it.
func NewGym(options Options) (*Gym, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Zone == "" {
		options.Zone = "Europe/Dublin"
	}
	zone, err := time.LoadLocation(options.Zone)
	if err != nil {
		return nil, fmt.Errorf("making the simulated gym: %w", err)
	}
	if options.Members < 0 {
		return nil, fmt.Errorf("making the simulated gym: it can't have %d members", options.Members)
	}
	today := gymflow.DateOf(options.Now().In(zone))
	maker := newMaker(rand.New(rand.NewPCG(options.Seed, uint64(options.Members))), today)
	maker.makeMembers(options.Members)
	g := &Gym{
		options: options,
		clock:   options.Now,
		zone:    zone,
		account: gymflow.Account{
			ID: "gym_1", Name: "Riverside Gym", TimeZone: options.Zone,
			Clubs: []gymflow.Club{{ID: clubID, Name: "Dublin", TimeZone: options.Zone}},
		},
		memberships: offered(),
		place:       make(map[string]int, len(maker.members)),
		linked:      map[string]int{},
	}
	for i := range maker.members {
		g.put(&maker.members[i])
	}
	g.life = newLife(maker, options.Seed, today)
	return g, nil
}

func (g *Gym) now() time.Time { return g.clock() }

func (g *Gym) today() gymflow.Date { return gymflow.DateOf(g.clock().In(g.zone)) }

// Snapshot is a deep copy of all members and memberships.
func (g *Gym) Snapshot() (gymflow.Account, []gymflow.Membership, []gymflow.Member) {
	members := g.membersNow()
	copied := make([]gymflow.Member, len(members))
	for i, member := range members {
		copied[i] = copyMember(*member)
	}
	return g.accountNow(), g.membershipsNow(), copied
}

// Put adds or replaces a member (by id) and stamps it as updated now.
func (g *Gym) Put(member gymflow.Member) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.change(copyMember(member))
}

// Remove makes a member vanish.
func (g *Gym) Remove(id string) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	at, found := g.place[id]
	if !found {
		return
	}
	g.countLinks(g.members[at], -1)
	g.members = slices.Concat(g.members[:at], g.members[at+1:])
	delete(g.place, id)
	for i := at; i < len(g.members); i++ {
		g.place[g.members[i].ID] = i
	}
}

// PutMembership adds or replaces a membership.
func (g *Gym) PutMembership(membership gymflow.Membership) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for i := range g.memberships {
		if g.memberships[i].ID == membership.ID {
			g.memberships[i] = membership
			return
		}
	}
	g.memberships = append(g.memberships, membership)
}

// change stores a member that is the caller's alone, and stamps it.
func (g *Gym) change(member gymflow.Member) {
	member.UpdatedAt = g.clock().UTC()
	g.put(&member)
}

func (g *Gym) put(member *gymflow.Member) {
	g.countLinks(member, 1)
	if at, found := g.place[member.ID]; found {
		g.countLinks(g.members[at], -1)
		g.members[at] = member
		return
	}
	g.place[member.ID] = len(g.members)
	g.members = append(g.members, member)
}

// replaceAll makes these the members, in this order; nobody is stamped.
func (g *Gym) replaceAll(members []*gymflow.Member) {
	g.members, g.place, g.linked = make([]*gymflow.Member, 0, len(members)), make(map[string]int, len(members)), map[string]int{}
	for _, member := range members {
		g.put(member)
	}
}

func (g *Gym) countLinks(member *gymflow.Member, by int) {
	for _, holding := range member.Holdings {
		if holding.PrimaryMemberID != "" {
			g.linked[holding.PrimaryMemberID] += by
		}
	}
}

func (g *Gym) accountNow() gymflow.Account {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	account := g.account
	account.Clubs = slices.Clone(account.Clubs)
	return account
}

func (g *Gym) membershipsNow() []gymflow.Membership {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return slices.Clone(g.memberships)
}

func (g *Gym) membersNow() []*gymflow.Member {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return slices.Clone(g.members)
}

func (g *Gym) member(id string) (*gymflow.Member, bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	at, found := g.place[id]
	if !found {
		return nil, false
	}
	return g.members[at], true
}

func copyMember(member gymflow.Member) gymflow.Member {
	member.Holdings = slices.Clone(member.Holdings)
	if app := member.App; app != nil {
		member.App = &gymflow.App{
			SignedIn: copyFlag(app.SignedIn), Bluetooth: copyFlag(app.Bluetooth),
			Location: copyFlag(app.Location), PrimaryDevice: copyFlag(app.PrimaryDevice),
		}
	}
	return member
}

func copyFlag(flag *bool) *bool {
	if flag == nil {
		return nil
	}
	return new(*flag)
}
