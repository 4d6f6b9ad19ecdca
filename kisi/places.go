package kisi

import (
	"context"
	"net/url"
	"strconv"
)

// Places lists all places, complete or an error.
func (c *Client) Places(ctx context.Context) ([]Place, error) {
	return readList(ctx, c, listing[Place]{
		doing: "reading the places", path: "/places", query: url.Values{"sort": {"name"}}, limit: pageRows,
		id: func(place Place) int64 { return place.ID },
	})
}

// Place is GET /places/{id}.
func (c *Client) Place(ctx context.Context, id int64) (Place, error) {
	return one(ctx, c, "reading the place", "/places/", id, func(place Place) int64 { return place.ID })
}

// Groups lists all access groups of the organization, those of every place too, complete or an error.
func (c *Client) Groups(ctx context.Context) ([]Group, error) {
	return readList(ctx, c, listing[Group]{
		doing: "reading the access groups", path: "/groups", query: url.Values{"sort": {"name"}}, limit: pageRows,
		id: func(group Group) int64 { return group.ID },
	})
}

// Group is GET /groups/{id}.
func (c *Client) Group(ctx context.Context, id int64) (Group, error) {
	return one(ctx, c, "reading the access group", "/groups/", id, func(group Group) int64 { return group.ID })
}

// one reads one thing by its id, and believes only an answer that bears that id.
func one[T any](ctx context.Context, c *Client, doing, path string, id int64, idOf func(T) int64) (T, error) {
	var found, none T
	if err := c.get(ctx, doing, path+strconv.FormatInt(id, 10), &found); err != nil {
		return none, err
	}
	if idOf(found) != id {
		return none, c.notKisi(doing, 200, "it is about something else")
	}
	return found, nil
}
