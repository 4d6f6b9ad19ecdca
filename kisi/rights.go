package kisi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

func rightsQuery(pairs ...string) url.Values {
	query := url.Values{"sort": {"user.name"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	return query
}

func (c *Client) listRights(ctx context.Context, doing string, query url.Values) ([]Right, error) {
	sent, err := readList(ctx, c, listing[sentRight]{
		doing: doing, path: "/role_assignments", query: query, limit: pageRows,
		id: func(right sentRight) int64 { return right.ID },
	})
	if err != nil {
		return nil, err
	}
	rights := make([]Right, 0, len(sent))
	for _, each := range sent {
		rights = append(rights, each.right())
	}
	return rights, nil
}

// GroupRights lists every user's right in one group, whatever its role, complete or an error.
func (c *Client) GroupRights(ctx context.Context, groupID int64) ([]Right, error) {
	rights, err := c.listRights(ctx, "reading the access rights of a group",
		rightsQuery("applies_to_type", "Group", "applies_to_id", strconv.FormatInt(groupID, 10), "assignee_type", "User"))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rights, func(right Right) bool {
		return right.AppliesToType != "Group" || right.AppliesToID != groupID || right.AssigneeType != "User"
	}), nil
}

// UserRights lists all rights of one user, at every level.
func (c *Client) UserRights(ctx context.Context, userID int64) ([]Right, error) {
	rights, err := c.listRights(ctx, "reading the access rights of a person",
		rightsQuery("assignee_type", "User", "assignee_id", strconv.FormatInt(userID, 10)))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(rights, func(right Right) bool {
		return right.AssigneeType != "User" || right.AssigneeID != userID
	}), nil
}

// Right is GET /role_assignments/{id}.
func (c *Client) Right(ctx context.Context, id int64) (Right, error) {
	sent, err := one(ctx, c, "reading the access right", "/role_assignments/", id, func(right sentRight) int64 { return right.ID })
	if err != nil {
		return Right{}, err
	}
	return sent.right(), nil
}

// CreateRight gives the user group_basic in the group (notify false, open-ended). After 409, 422 or a lost
// answer it lists the user's rights in that group before failing or trying again; existed tells that a right (any
// role, also one that is no longer valid) was there that this call did not make. 404 means that the user or the group is gone.
func (c *Client) CreateRight(ctx context.Context, groupID, userID int64) (right Right, existed bool, err error) {
	const doing = "giving an access right"
	body := map[string]any{"role_assignment": map[string]any{
		"applies_to_type": "Group", "applies_to_id": groupID, "assignee_type": "User", "assignee_id": userID,
		"role_id": RoleBasic, "notify": false, "valid_from": nil, "valid_until": nil,
	}}
	return create(ctx, c, creation[Right]{
		post: func(ctx context.Context) (Right, error) {
			var made sentRight
			_, err := c.do(ctx, call{
				doing: doing, method: http.MethodPost, path: "/role_assignments", once: true, body: body, into: &made,
			})
			if err != nil {
				return Right{}, err
			}
			right := made.right()
			if right.ID == 0 {
				return Right{}, c.notKisi(doing, http.StatusOK, "it names no access right")
			}
			c.author.Store(right.CreatedByID)
			return right, nil
		},
		find: func(ctx context.Context, _ error) (Right, error) { return c.findRight(ctx, groupID, userID) },
		ours: func(found Right) bool {
			return openBasic(found) && c.madeByKey(found.CreatedByID)
		},
	})
}

// madeByKey: that created_by_id is the key's user is inferred (kisi-api.md section 17 m), so whatever Kisi wrote on
// rights that this client made before counts as well.
func (c *Client) madeByKey(author int64) bool {
	return author == 0 || c.me.Load() == 0 || author == c.me.Load() || author == c.author.Load()
}

// openBasic is the only shape of right that we make.
func openBasic(right Right) bool {
	return right.RoleID == RoleBasic && right.ValidFrom == nil && right.ValidUntil == nil
}

// findRight is the user's right in the group; with several, one like ours before the others, then the oldest.
func (c *Client) findRight(ctx context.Context, groupID, userID int64) (Right, error) {
	const doing = "looking whether the access right is there"
	query := rightsQuery("applies_to_type", "Group", "applies_to_id", strconv.FormatInt(groupID, 10),
		"assignee_type", "User", "assignee_id", strconv.FormatInt(userID, 10))
	rights, err := c.listRights(ctx, doing, query)
	if err != nil {
		return Right{}, err
	}
	others := func(right Right) bool {
		return right.AppliesToType != "Group" || right.AppliesToID != groupID ||
			right.AssigneeType != "User" || right.AssigneeID != userID
	}
	if rights = slices.DeleteFunc(rights, others); len(rights) == 0 {
		// A list may lag behind what was just written; what hangs on the answer is whether a right is made twice
		// or forgotten, so that another list is asked too.
		if rights, err = c.UserRights(ctx, userID); err != nil {
			return Right{}, err
		}
		rights = slices.DeleteFunc(rights, others)
	}
	if len(rights) == 0 {
		return Right{}, &Error{Doing: doing, Kind: ErrNotFound, Code: noCode, Reason: "it is not there"}
	}
	rank := func(right Right) int {
		if openBasic(right) {
			return 0
		}
		return 1
	}
	return slices.MinFunc(rights, func(a, b Right) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.ID, b.ID))
	}), nil
}

// DeleteRight takes one right away by its own id; 404 counts as done (gone tells so). A 404 that follows a
// lost answer of this same call is our own doing, and gone stays false.
func (c *Client) DeleteRight(ctx context.Context, id int64) (gone bool, err error) {
	const doing = "taking an access right away"
	if id <= 0 {
		return false, &Error{Doing: doing, Kind: ErrInvalid, Code: noCode, Reason: fmt.Sprintf("%d is no id", id)}
	}
	got, err := c.do(ctx, call{doing: doing, method: http.MethodDelete, path: "/role_assignments/" + strconv.FormatInt(id, 10)})
	if errors.Is(err, ErrNotFound) {
		return !got.lost, nil
	}
	return false, afterLost(got.lost, err)
}
