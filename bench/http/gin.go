package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

// Gin brings a router and binding. What travels between processes (deadline, trace, user, error) is written by hand.

func ginDoor() http.Handler {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.Use(gin.Recovery())
	g.POST("/report", func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, bodyMax)
		var r report[map[string]any]
		if err := c.ShouldBindJSON(&r); err != nil {
			c.JSON(http.StatusBadRequest, gin.H{"error": "Invalid request"})
			return
		}
		c.JSON(http.StatusOK, processed(r.Patient, r.ID, r.Instrument))
	})
	return g
}

func ginChain(role, next string, db *patients) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.Use(gin.Recovery(), ginDeadline)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	g.GET("/trials/:trial/patients", func(c *gin.Context) {
		ctx, out := c.Request.Context(), page{}
		w := ginWho(c)
		sleep, _ := strconv.ParseFloat(c.Query("sleep"), 64)
		q := query{c.Param("trial"), sleep}
		var err error
		switch role {
		case "gateway":
			out, err = ginCall(ctx, client, next, w, q)
		case "trial":
			ctx, cancel := context.WithTimeout(ctx, trialTime)
			defer cancel()
			out, err = ginCall(ctx, client, next, w, q)
		case "patient":
			out, err = db.list(ctx, w, q)
		}
		if err != nil {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			c.JSON(status(err), gin.H{"error": err.Error()})
			return
		}
		c.JSON(http.StatusOK, out)
	})
	return g
}

// ginDeadline bounds a request by the smaller of our limit and the caller's.
func ginDeadline(c *gin.Context) {
	limit := edgeTime
	if asked, err := strconv.ParseFloat(c.GetHeader("Request-Timeout"), 64); err == nil {
		limit = min(limit, time.Duration(asked*float64(time.Second)))
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), limit)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}

func ginWho(c *gin.Context) who {
	w := who{user: c.GetHeader("X-User")}
	if part := strings.Split(c.GetHeader("Traceparent"), "-"); len(part) == 4 {
		w.trace = part[1]
	}
	return w
}

func ginCall(ctx context.Context, client *http.Client, next string, w who, q query) (out page, err error) {
	address := fmt.Sprintf("%s/trials/%s/patients?sleep=%v", next, url.PathEscape(q.Trial), q.Sleep)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return out, err
	}
	r.Header.Set("X-User", w.user)
	r.Header.Set("Traceparent", "00-"+w.trace+"-0000000000000001-01")
	if end, ok := ctx.Deadline(); ok {
		r.Header.Set("Request-Timeout", strconv.FormatFloat(time.Until(end).Seconds(), 'f', 3, 64))
	}
	res, err := client.Do(r)
	if err != nil {
		return out, err
	}
	defer drain(res.Body)
	switch res.StatusCode {
	case http.StatusOK:
		return out, json.NewDecoder(res.Body).Decode(&out)
	case http.StatusGatewayTimeout:
		return out, context.DeadlineExceeded
	}
	return out, fmt.Errorf("%s answered %s", next, res.Status)
}
