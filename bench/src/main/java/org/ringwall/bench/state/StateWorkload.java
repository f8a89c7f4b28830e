// SPDX-License-Identifier: Apache-2.0
package org.ringwall.bench.state;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/** A workload of state and effects, with the title that the command takes. */
public enum StateWorkload {
    COUNT_CONSTANT("state-count-constant", "connect counted, one number for all", most -> CountCases.constant()),
    COUNT_KEYED("state-count-keyed", "connect counted by destination", CountCases::keyed),
    COUNT_SOCK_OPS("state-count-sock-ops", "TCP connections counted at both ends", most -> CountCases.sockOps()),
    COUNT_PACKETS("state-count-packets", "packets and bytes that leave, counted", most -> PacketCases.all()),
    LIVE_SET("state-live-set", "lookup in a set that is changed while the policy is in force", SetCases::all),
    RATE("state-rate", "a bucket of tokens", most -> RateCases.all()),
    LOG("state-log", "a denial that is recorded, with a reader", most -> LogCases.all()),
    REDIRECT("state-redirect", "connect led elsewhere", RedirectCases::all),
    SOCK_OPS("state-sock-ops", "TCP tuned as connections begin", most -> WriteCases.sockOps()),
    SOCKOPT("state-sockopt", "the value of an option replaced", most -> WriteCases.sockopt()),
    SYSCTL("state-sysctl", "another value written than the caller's", most -> WriteCases.sysctl()),
    MONITOR("state-monitor", "a denial that is counted, in force and only watched", most -> MonitorCases.all()),
    NONE("state-none", "a verdict, and what others in the policy cost it", most -> NoneCases.all());

    private final String title;
    private final String meaning;
    private final IntFunction<List<StateCase>> cases;

    StateWorkload(String title, String meaning, IntFunction<List<StateCase>> cases) {
        this.title = title;
        this.meaning = meaning;
        this.cases = cases;
    }

    /** Returns the workload with this title, or those whose titles begin with it and a hyphen. */
    public static List<StateWorkload> named(String word) {
        return Arrays.stream(values())
                .filter(workload -> workload.title.equals(word) || workload.title.startsWith(word + "-"))
                .toList();
    }

    /** Returns its name in commands and tables. */
    public String title() {
        return title;
    }

    /** Returns a short description. */
    public String meaning() {
        return meaning;
    }

    /** Returns all cases with at most `most` entries. */
    List<StateCase> cases(int most) {
        return cases.apply(most);
    }
}
