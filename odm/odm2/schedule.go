package odm2

import (
	"slices"

	"casebook/odm"
	"casebook/odm/markup"
)

// schedule is what a version says of the order and the time of its events, until all of it is read.
type schedule struct {
	groupRefs   []string               // Protocol/StudyEventGroupRef
	groups      map[string][]eventPart // StudyEventGroupDef
	starts      []string               // WorkflowStart
	transitions []transition
	timings     []timing
	beyond      *markup.Beyond // of the protocol
}

// eventPart is a StudyEventRef or a StudyEventGroupRef.
type eventPart struct {
	ref   odm.Ref
	group bool
}

type transition struct{ oid, from, to string }

// timing is a constraint between two events, or on a transition between them.
type timing struct {
	place, element string
	line           int
	transition     string
	event          string
	window         odm.Window
}

func (r *reader) protocol(n *node) error {
	v := r.version
	v.protocol = true
	err := r.Children(n, func(c *node) error {
		switch c.Name {
		case "StudyEventGroupRef":
			oid, err := c.Must("StudyEventGroupOID")
			if err != nil {
				return err
			}
			v.schedule.groupRefs = append(v.schedule.groupRefs, oid)
			return r.Children(c, func(*node) error { return r.Skip() })
		case "StudyTimings":
			return r.Children(c, func(t *node) error { return r.Children(t, r.timing) })
		case "WorkflowRef":
			return r.None(c)
		}
		return r.Described(c, &v.Protocol, &v.Aliases)
	})
	v.schedule.beyond = n.Beyond
	return err
}

// timing reads a RelativeTimingConstraint or a TransitionTimingConstraint.
func (r *reader) timing(n *node) error {
	t := timing{place: n.Path(), element: n.Name, line: n.Line, transition: n.Str("TransitionOID"), event: n.Str("SuccessorOID"),
		window: odm.Window{Anchor: n.Str("PredecessorOID")}}
	target := "TimepointRelativeTarget"
	if n.Name == "TransitionTimingConstraint" {
		target = "TimepointTarget"
	}
	for name, to := range map[string]*odm.Duration{target: &t.window.Target, "TimepointPreWindow": &t.window.Before, "TimepointPostWindow": &t.window.After} {
		if *to = odm.Duration(n.Str(name)); *to != "" && !to.Valid() {
			return n.Refuse("odm.value_type", name, markup.Short(string(*to)), "an ISO 8601 duration")
		}
	}
	if typ := n.Str("Type"); typ != "" && typ != "StartToStart" {
		r.Lose(n, false, "loss.timing_from", markup.Short(typ))
	}
	r.version.schedule.timings = append(r.version.schedule.timings, t)
	return r.Children(n, func(c *node) error {
		r.Lose(c, false, "loss.timing_description")
		return r.Skip()
	})
}

// workflow reads a WorkflowDef, of which the order of the events is taken.
func (r *reader) workflow(n *node) error {
	s := &r.version.schedule
	r.Lose(n, false, "loss.workflow")
	return r.Children(n, func(c *node) error {
		switch c.Name {
		case "WorkflowStart":
			s.starts = append(s.starts, c.Str("StartOID"))
		case "Transition":
			if c.Str("StartConditionOID") != "" || c.Str("EndConditionOID") != "" {
				r.Lose(c, false, "loss.transition")
			}
			s.transitions = append(s.transitions, transition{c.Str("OID"), c.Str("SourceOID"), c.Str("TargetOID")})
		case "Description":
			return r.Skip()
		}
		return r.None(c)
	})
}

// eventGroup reads a StudyEventGroupDef. The model has one list of events: groups become their events.
func (r *reader) eventGroup(n *node, oid string) error {
	s := &r.version.schedule
	if s.groups == nil {
		s.groups = map[string][]eventPart{}
	}
	refs, parts := markup.Refs{Kind: "StudyEventDef"}, []eventPart{}
	err := r.Children(n, func(c *node) error {
		switch c.Name {
		case "StudyEventGroupRef":
			inner, err := c.Must("StudyEventGroupOID")
			if err != nil {
				return err
			}
			parts = append(parts, eventPart{odm.Ref{OID: inner}, true})
			return r.Children(c, func(*node) error { return r.Skip() })
		case "StudyEventRef":
			ref, ok, err := r.Ref(c, "StudyEventOID", &refs)
			if err != nil || !ok {
				return err
			}
			err = r.None(c)
			ref.Extra = c.Extra
			refs.Add(ref)
			r.link(c, "Protocol", "", "StudyEventDef", ref.OID)
			r.link(c, "Protocol", "", "ConditionDef", ref.Hidden)
			parts = append(parts, eventPart{ref, false})
			return err
		}
		return r.Skip() // its description
	})
	s.groups[oid] = parts
	return err
}

// settleSchedule makes the list of events: from the groups of the protocol, else along the workflow, else as they stand.
func (r *reader) settleSchedule(n *node) {
	v := r.version
	s := &v.schedule
	seen := map[string]bool{}
	add := func(ref odm.Ref) {
		if !seen[ref.OID] {
			seen[ref.OID] = true
			v.EventRefs = append(v.EventRefs, ref)
		}
	}
	if len(s.groups) > 1 {
		r.Lose(n, false, "loss.event_group")
	}
	open := map[string]bool{}
	var group func(oid string)
	group = func(oid string) {
		if open[oid] {
			return
		}
		open[oid] = true
		for _, p := range s.groups[oid] {
			if p.group {
				group(p.ref.OID)
			} else {
				add(p.ref)
			}
		}
	}
	for _, oid := range s.groupRefs {
		group(oid)
	}
	if len(s.groups) == 0 {
		s.alongWorkflow(v.Version, add)
	}
	s.beyond.IntoVersion(v.Version)
	if s.beyond != nil && s.beyond.Study != nil && len(s.beyond.Study.Kept) > 0 {
		r.study.Extra = &odm.Extra{Kept: s.beyond.Study.Kept}
	}
	r.settleTimings()
}

// alongWorkflow adds the events of the workflow, which must take place, and then the others, which may.
func (s *schedule) alongWorkflow(v *odm.Version, add func(odm.Ref)) {
	x := v.Index()
	var queue []string
	queue = append(queue, s.starts...)
	next := map[string][]string{}
	for _, t := range s.transitions {
		next[t.from] = append(next[t.from], t.to)
	}
	done, order := map[string]bool{}, 0
	for ; len(queue) > 0; queue = queue[1:] {
		oid := queue[0]
		if done[oid] {
			continue
		}
		done[oid] = true
		if x.Event(oid) != nil {
			order++
			add(odm.Ref{OID: oid, Order: order, Mandatory: true})
		}
		queue = append(queue, next[oid]...)
	}
	for i := range v.Events {
		if !done[v.Events[i].OID] {
			order++
			add(odm.Ref{OID: v.Events[i].OID, Order: order, Mandatory: v.Events[i].Type == odm.Scheduled && len(s.starts) == 0})
		}
	}
}

// settleTimings gives each event the window that the first constraint on it says.
func (r *reader) settleTimings() {
	v := r.version
	at := map[string]int{}
	for i := range v.Events {
		at[v.Events[i].OID] = i
	}
	for _, t := range v.schedule.timings {
		if t.transition != "" {
			k := slices.IndexFunc(v.schedule.transitions, func(x transition) bool { return x.oid == t.transition })
			if k >= 0 {
				t.window.Anchor, t.event = v.schedule.transitions[k].from, v.schedule.transitions[k].to
			}
		}
		i, event := at[t.event]
		_, anchor := at[t.window.Anchor]
		lost := odm.Loss{}
		switch {
		case !event || !anchor:
			lost = odm.Lost(t.place, t.line, false, "loss.timing_between")
		case v.Events[i].Window != nil:
			lost = odm.Lost(t.place, t.line, false, "loss.second_timing", markup.Short(t.event))
		default:
			w := t.window
			v.Events[i].Window = &w
			continue
		}
		r.LoseAt(lost)
	}
}
