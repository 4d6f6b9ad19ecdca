package kisi

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Users lists all people of the organization (100 a page), complete or an error. visit, when not nil, gets
// the count so far and the total after every page; false stops the reading with ErrIncomplete.
func (c *Client) Users(ctx context.Context, visit func(read, total int) bool) ([]User, error) {
	return c.listUsers(ctx, "reading the people", url.Values{}, visit)
}

func (c *Client) listUsers(ctx context.Context, doing string, query url.Values, visit func(read, total int) bool) ([]User, error) {
	query.Set("sort", "name")
	sent, err := readList(ctx, c, listing[sentUser]{
		doing: doing, path: "/users", query: query, limit: usersPage,
		id: func(user sentUser) int64 { return user.ID }, visit: visit,
	})
	if err != nil {
		return nil, err
	}
	users := make([]User, 0, len(sent))
	for _, each := range sent {
		users = append(users, User(each))
	}
	return users, nil
}

// User is GET /users/{id}.
func (c *Client) User(ctx context.Context, id int64) (User, error) {
	sent, err := one(ctx, c, "reading the person", "/users/", id, func(user sentUser) int64 { return user.ID })
	return User(sent), err
}

// UserByEmail finds the person whose e-mail equals the given one (trimmed, folded, compared on our side).
// ErrNotFound when Kisi lists nobody with exactly that address. It asks Kisi's e-mail filter only, which may
// miss somebody (kisi-api.md section 12); CreateUser notices that.
func (c *Client) UserByEmail(ctx context.Context, email string) (User, error) {
	const doing = "looking up the e-mail"
	users, err := c.listUsers(ctx, doing, url.Values{"email": {strings.TrimSpace(email)}}, nil)
	if err != nil {
		return User{}, err
	}
	return withEmail(doing, users, email)
}

// withEmail picks the person with that e-mail: as it is written, else folded and the oldest.
func withEmail(doing string, users []User, email string) (User, error) {
	var found User
	for _, user := range users {
		if !SameEmail(user.Email, email) {
			continue
		}
		if user.Email == strings.TrimSpace(email) {
			return user, nil
		}
		if found.ID == 0 || user.ID < found.ID {
			found = user
		}
	}
	if found.ID == 0 {
		return User{}, &Error{Doing: doing, Kind: ErrNotFound, Code: noCode, Reason: "nobody has this e-mail"}
	}
	return found, nil
}

// CreateUser makes a user. After 409, 422 or a lost answer it looks the e-mail up again (email filter, and after a refusal
// the full listing) before failing or trying again; existed tells that the person was there before us.
func (c *Client) CreateUser(ctx context.Context, user NewUser) (created User, existed bool, err error) {
	const doing = "adding a person"
	user.Email = strings.TrimSpace(user.Email)
	if user.Email == "" {
		return User{}, false, &Error{Doing: doing, Kind: ErrInvalid, Code: noCode, Reason: "there is no e-mail"}
	}
	sent := map[string]any{
		"email": user.Email, "name": user.Name, "send_emails": user.SendEmails, "confirm": true, "access_enabled": true,
	}
	if len(user.Metadata) > 0 {
		sent["metadata"] = user.Metadata
	}
	return create(ctx, c, creation[User]{
		post: func(ctx context.Context) (User, error) {
			var made sentUser
			_, err := c.do(ctx, call{
				doing: doing, method: http.MethodPost, path: "/users", once: true,
				body: map[string]any{"user": sent}, into: &made,
			})
			if err == nil && made.ID == 0 {
				err = c.notKisi(doing, http.StatusOK, "it names no person")
			}
			return User(made), err
		},
		find: func(ctx context.Context, cause error) (User, error) { return c.findPerson(ctx, user.Email, cause) },
		ours: func(found User) bool { return carries(found.Metadata, user.Metadata) },
	})
}

// findPerson looks an e-mail up after a create failed: the filter first, and as that can miss people the
// whole list, but only where Kisi says that the person is there already. After an answer that was lost the filter is enough:
// should it miss the person, the next try is refused as a duplicate, and a service in trouble is spared the pages.
func (c *Client) findPerson(ctx context.Context, email string, cause error) (User, error) {
	found, err := c.UserByEmail(ctx, email)
	if !errors.Is(err, ErrNotFound) || mayHaveWorked(cause) || refusesContent(cause) {
		return found, err
	}
	users, err := c.Users(ctx, nil)
	if err != nil {
		return User{}, err
	}
	return withEmail("looking up the e-mail", users, email)
}

// refusesContent tells of a 422 that is not about an e-mail that is taken, so that a malformed address
// does not cost a reading of everybody.
func refusesContent(cause error) bool {
	var failed *Error
	if !errors.As(cause, &failed) || !errors.Is(failed.Kind, ErrInvalid) || len(failed.Fields) == 0 {
		return false
	}
	reasons, about := failed.Fields["email"]
	if !about {
		return true
	}
	return !slices.ContainsFunc(reasons, func(reason string) bool {
		return !strings.Contains(reason, "invalid") && !strings.Contains(reason, "blank")
	})
}

// carries tells whether a person bears the marks that we would have given; without marks one can't tell,
// and our own lost call is the likelier origin.
func carries(found, marks map[string]any) bool {
	return maps.EqualFunc(marks, onlyKeys(found, marks), func(a, b any) bool { return printed(a) == printed(b) })
}

func onlyKeys(from, like map[string]any) map[string]any {
	kept := map[string]any{}
	for key := range like {
		if value, there := from[key]; there {
			kept[key] = value
		}
	}
	return kept
}

// creation is a POST that must not happen twice, and how to see whether it happened.
type creation[T any] struct {
	post func(context.Context) (T, error)
	find func(context.Context, error) (T, error) // ErrNotFound when it is not there
	ours func(T) bool                            // after a lost answer: could this be what we made
}

const createTries = 4

// create follows kisi-api.md section 12: there is no idempotency key, so that after a lost answer the
// record is looked for before anything is sent again, and a refusal as duplicate is looked into.
func create[T any](ctx context.Context, c *Client, todo creation[T]) (made T, existed bool, err error) {
	var none T
	var lost error // the first answer that was lost
	started, pause := time.Now(), c.pause
	for try := 1; ; try++ {
		made, err = todo.post(ctx)
		switch {
		case err == nil:
			return made, false, nil
		case mayHaveWorked(err):
			lost = cmp.Or(lost, err)
		case !errors.Is(err, ErrConflict) && !errors.Is(err, ErrInvalid):
			return none, false, afterLost(lost != nil, err)
		}
		if ctx.Err() != nil {
			return none, false, err
		}
		found, missed := todo.find(ctx, err)
		switch {
		case missed == nil:
			return found, lost == nil || !todo.ours(found), nil
		case !errors.Is(missed, ErrNotFound):
			return none, false, afterLost(lost != nil, missed)
		case !mayHaveWorked(err) || try == createTries || time.Since(started)+pause > patience:
			// Refused as a duplicate after a lost answer, and listed nowhere: it may well be ours. Nothing may be
			// concluded from the refusal.
			return none, false, cmp.Or(lost, err)
		}
		if waitErr := wait(ctx, pause); waitErr != nil {
			return none, false, err
		}
		pause *= 2
	}
}

// mayHaveWorked tells of a write whose answer was lost: no connection, a 5xx, a body that can't be read.
func mayHaveWorked(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	return errors.Is(failed.Kind, ErrUnavailable) ||
		errors.Is(failed.Kind, ErrNotKisi) && failed.Status >= 200 && failed.Status < 300
}

func wait(ctx context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
