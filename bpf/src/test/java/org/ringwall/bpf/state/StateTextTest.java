package org.ringwall.bpf.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StateTextTest {
    @ParameterizedTest
    @ValueSource(strings = {"cgroup remote.ip : tries attempts, last time", ": all packets"})
    void aCounterSaysTheSameAgain(String text) {
        assertEquals(Optional.of(text), CounterText.parse(text).map(CounterText::text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"cgroup tries attempts", "cgroup: tries attempts", ": tries", ": tries of", " : a time", ""})
    void whatIsNoCounterIsNone(String text) {
        assertEquals(Optional.empty(), CounterText.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"cgroup remote.port : 10000000 burst 200", ": 1 burst 1"})
    void aRateSaysTheSameAgain(String text) {
        assertEquals(Optional.of(text), RateText.parse(text).map(RateText::text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {": 0 burst 1", ": 1 burst 0", ": 1 burst", "uid: 1 burst 1", ": 999999999999999 burst 999999999"
            })
    void whatIsNoRateIsNone(String text) {
        assertEquals(Optional.empty(), RateText.parse(text));
    }

    @Test
    void aBucketHasItsBurstAtFirstAndNoneWhenItIsAllTaken() {
        RateText rate = new RateText(List.of(), 10, 5);

        assertEquals(
                List.of(5L, 5L, 4L, 0L, 0L, 1L),
                List.of(
                        rate.tokens(0, 1000),
                        rate.tokens(1000, 1000),
                        rate.tokens(1001, 1000),
                        rate.tokens(1050, 1000),
                        rate.tokens(1041, 1000),
                        rate.tokens(1050, 1010)));
        assertThrows(IllegalArgumentException.class, () -> new RateText(List.of(), Long.MAX_VALUE, 2));
    }

    @Test
    void aRuleOfManyLinesIsSaidOnOne() {
        LogText log = new LogText("a b:c.wall", 12, 3, "deny if\n\t uid == 0", "too\tmuch");

        assertEquals("a b:c.wall:12:3\tdeny if uid == 0\ttoo much", log.text());
        assertEquals(Optional.of(log), LogText.parse(log.text()));
        assertEquals(Optional.empty(), LogText.parse("a.wall:1\tdeny\t"));
        assertEquals(Optional.empty(), LogText.parse("a.wall:1:1\tdeny"));
    }
}
