package reconcile

import (
	"context"
	"errors"

	"kisiflow/access"
	"kisiflow/kisi"
)

// fewRights: where we have fewer rights in a group than this, a list that misses half of them is believable, and
// each missing one is asked for by its id anyway.
const fewRights = 10

// readRights reads every group that matters. A 403 is about one group unless all of them answer it.
func (s *survey) readRights(ctx context.Context) error {
	wanted := s.groupsToRead()
	refused := 0
	var refusal error
	for i, group := range wanted {
		s.report(phaseKisi, i, len(wanted))
		err := s.readGroup(ctx, group)
		switch {
		case errors.Is(err, kisi.ErrForbidden):
			refused, refusal = refused+1, err
			s.withhold(group, "The Kisi key of %s may not see the access group %s, so everybody in it stays as they are. "+
				"Give that person the right to manage the group in Kisi, or enter the owner's key: kisiflow setup.",
				cleanName(s.me.Name), s.groupName(group))
		case err != nil:
			return explainKisi(err)
		}
	}
	s.report(phaseKisi, len(wanted), len(wanted))
	if refused > 0 && refused == len(wanted) {
		health, err := s.services.kisi.Health(ctx)
		if err != nil {
			return explainKisi(err)
		}
		if mayWork(health) != nil || refused > 1 {
			return explainKisi(refusal)
		}
	}
	return nil
}

// readGroup confirms that the group is there and reads its rights.
func (s *survey) readGroup(ctx context.Context, id int64) error {
	if _, listed := s.groups[id]; !listed {
		if there, err := s.stillThere(ctx, id); err != nil || !there {
			return err
		}
	}
	rights, err := s.services.kisi.GroupRights(ctx, id)
	if errors.Is(err, kisi.ErrNotFound) { // it may have been deleted since the groups were listed
		if there, err := s.stillThere(ctx, id); err != nil || !there {
			return err
		}
		s.withhold(id, "Kisi has the access group %s but does not say who is in it, so everybody in it stays as they are. Try again later.",
			s.groupName(id))
		return nil
	}
	if err != nil {
		return err
	}
	if s.misses(id, rights) {
		if rights, err = s.services.kisi.GroupRights(ctx, id); err != nil {
			return err
		}
		if s.misses(id, rights) {
			ours, listed := s.countOurs(id, rights)
			s.withhold(id, "Kisi's list of the access group %s shows only %d of the %d access rights that kisiflow gave there, twice in a row. "+
				"Nothing is changed in this group until that is understood: look in Kisi who removed people from it. "+
				"If it was meant, remove the association, sync, and make it again.",
				s.groupName(id), listed, ours)
		}
	}
	s.rights[id] = rights
	return nil
}

// stillThere asks for one group by its id; one that is gone is lost.
func (s *survey) stillThere(ctx context.Context, id int64) (bool, error) {
	group, err := s.services.kisi.Group(ctx, id)
	if errors.Is(err, kisi.ErrNotFound) {
		s.lose(id)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s.groups[id] = group
	return true, nil
}

// lose marks a group that Kisi no longer has. While an association names it, its ledger entries stay and nobody is taken out
// of anything; afterwards each of its rights is asked for by its id, as any right is that no list shows.
func (s *survey) lose(id int64) {
	s.gone[id] = true
	if _, mapped := s.mapped()[id]; !mapped {
		return
	}
	s.withheld[id] = "The access group " + s.groupName(id) + " no longer exists in Kisi."
	s.trimmed = true
	s.note("%s Choose another one under Associations.", s.withheld[id])
}

// misses: more than half of the ledger's rights in a group are not in the list (design.md 5.1). In a group without
// association nothing is given any more, so that asking for each right by its id is enough.
func (s *survey) misses(group int64, rights []kisi.Right) bool {
	if _, mapped := s.mapped()[group]; !mapped {
		return false
	}
	ours, listed := s.countOurs(group, rights)
	return ours >= fewRights && (ours-listed)*2 > ours
}

func (s *survey) countOurs(group int64, rights []kisi.Right) (ours, listed int) {
	shown := idsOf(rights)
	for _, entry := range s.ledger {
		if entry.GroupID == group {
			ours++
			if shown[entry.RightID] {
				listed++
			}
		}
	}
	return ours, listed
}

func idsOf(rights []kisi.Right) map[int64]bool {
	ids := make(map[int64]bool, len(rights))
	for _, right := range rights {
		ids[right.ID] = true
	}
	return ids
}

// unlisted are the ledger's rights in readable groups that the lists do not show.
func (s *survey) unlisted() []access.LedgerEntry {
	shown := map[int64]map[int64]bool{}
	for group, rights := range s.rights {
		shown[group] = idsOf(rights)
	}
	var unlisted []access.LedgerEntry
	for _, entry := range s.ledger {
		if _, withheld := s.withheld[entry.GroupID]; !withheld && !shown[entry.GroupID][entry.RightID] {
			unlisted = append(unlisted, entry)
		}
	}
	return unlisted
}
