// SPDX-License-Identifier: Apache-2.0
package org.ringwall.compiler.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.ringwall.compiler.report.Decision;
import org.ringwall.compiler.report.ReachReport;
import org.ringwall.compiler.report.Region;
import org.ringwall.compiler.report.Request;

/** A test of regions against the decisions about requests. */
final class ReachRegionsTest {
    private static final String POLICY = """
            policy regions
            requires kernel 5.18
            set internal = { 10.0.0.0/8, fd00::/8 }
            set web = { 80, 443, 8000..8100 }
            param proxy : port in 1024..65535 = 3128
            egress {
              allow if remote.ip in internal and remote.port in web
              deny ECONNREFUSED if remote.ip in { 192.0.2.0/25, 192.0.2.200..192.0.2.203, 2001:db8::/33 }
              allow if remote.port == proxy and uid in 1000..1999
              allow if proto == udp and remote.port != 53 and not remote.ip in internal
              default deny
            }
            """;

    private static final Map<String, Region.Values> SETS = Map.of(
            "internal", values(List.of("10.0.0.0/8", "fd00::/8"), List.of()),
            "web", values(List.of(), List.of(range(80, 80), range(443, 443), range(8000, 8100))));

    private static final List<String> V4 = List.of(
            "9.255.255.255",
            "10.0.0.0",
            "10.255.255.255",
            "11.0.0.0",
            "192.0.2.127",
            "192.0.2.128",
            "192.0.2.200",
            "192.0.2.203",
            "192.0.2.204",
            "127.0.0.1",
            "255.255.255.254");
    private static final List<String> V6 = List.of(
            "::1",
            "fc00::1",
            "fd00::",
            "fdff:ffff::",
            "fe00::",
            "2001:db8::",
            "2001:db8:7fff:ffff::1",
            "2001:db8:8000::",
            "64:ff9b::1");
    private static final List<Integer> PORTS = List.of(0, 53, 79, 80, 443, 3128, 8000, 8100, 8101, 65535);

    private static Region.Values values(List<String> prefixes, List<Region.Range> ranges) {
        return new Region.Values(
                false,
                Optional.empty(),
                List.of(),
                prefixes,
                ranges,
                List.of(),
                List.of(),
                List.of(),
                Optional.empty());
    }

    private static Region.Range range(long from, long to) {
        return new Region.Range(BigInteger.valueOf(from), BigInteger.valueOf(to));
    }

    private record Call(String hook, String proto, String address, int port, int uid) {
        Request request() {
            String host = hook.equals("connect6") ? "[" + address + "]" : address;
            return new Request("connect " + proto + " " + host + ":" + port + " as uid " + uid);
        }
    }

    private static List<Call> calls() {
        List<Call> calls = new ArrayList<>();
        for (String proto : List.of("tcp", "udp")) {
            for (int uid : List.of(0, 1000, 1999, 2000)) {
                for (int port : PORTS) {
                    V4.forEach(address -> calls.add(new Call("connect4", proto, address, port, uid)));
                    V6.forEach(address -> calls.add(new Call("connect6", proto, address, port, uid)));
                }
            }
        }
        return calls;
    }

    @Test
    void eachRequestIsInOneRegionWithItsVerdictAndRule() {
        CompileResult result = Ringwall.compile("regions.wall", POLICY, Options.DEFAULT);
        Policy policy = result.policy().orElseThrow();
        ReachReport report = policy.reach();
        List<Call> calls = calls();
        List<Decision> decisions =
                policy.evaluateAll(calls.stream().map(Call::request).toList());
        assertThat(decisions).extracting(Decision::allowed).contains(true, false);
        for (int i = 0; i < calls.size(); i++) {
            Call call = calls.get(i);
            Decision decision = decisions.get(i);
            ReachReport.HookReach hook = report.hooks().stream()
                    .filter(each -> each.hook().equals(call.hook()))
                    .findFirst()
                    .orElseThrow();
            assertThat(hook.allows().complete() && hook.denies().complete()).isTrue();
            List<Region> found = new ArrayList<>(hook.allows().regions());
            found.addAll(hook.denies().regions());
            found.removeIf(region -> !contains(region, call));
            assertThat(found).as("%s", call).hasSize(1);
            Region region = found.get(0);
            assertThat(region.verdict()).as("%s", call).isEqualTo(decision.verdict());
            assertThat(region.rules()).as("%s", call).isEqualTo(decision.rules());
        }
    }

    private static boolean contains(Region region, Call call) {
        return region.fields().stream()
                        .allMatch(field -> field.anyOf().stream().anyMatch(values -> fits(field.field(), values, call)))
                && region.conditions().stream().allMatch(condition -> holds(condition, call));
    }

    private static boolean holds(Region.Condition condition, Call call) {
        assertThat(condition.kind()).isEqualTo(Region.Kind.PARAM);
        assertThat(condition.field()).contains("remote.port");
        boolean equal = call.port() == 3128;
        return condition.operator().orElseThrow().equals("==") == equal;
    }

    private static boolean fits(String field, Region.Values values, Call call) {
        return switch (field) {
            case "proto" -> values.words().contains(call.proto()) != values.negated();
            case "remote.port" -> listed(values, call.port()) != values.negated();
            case "uid" -> listed(values, call.uid()) != values.negated();
            case "remote.ip" ->
                values.negated()
                        ? values.within()
                                        .map(prefix -> in(prefix, call.address()))
                                        .orElse(true)
                                && !listed(values, call.address())
                        : listed(values, call.address());
            default -> throw new AssertionError("a field that the policy does not test: " + field);
        };
    }

    private static boolean listed(Region.Values values, long number) {
        BigInteger wanted = BigInteger.valueOf(number);
        return values.sets().stream().anyMatch(name -> listed(Objects.requireNonNull(SETS.get(name)), number))
                || values.ranges().stream()
                        .anyMatch(range -> range.from().compareTo(wanted) <= 0 && wanted.compareTo(range.to()) <= 0);
    }

    private static boolean listed(Region.Values values, String address) {
        return (values.sets().stream().anyMatch(name -> listed(Objects.requireNonNull(SETS.get(name)), address))
                        || values.prefixes().stream().anyMatch(prefix -> in(prefix, address)))
                && values.except().stream().noneMatch(prefix -> in(prefix, address));
    }

    private static boolean in(String prefix, String address) {
        String[] parts = prefix.split("/", -1);
        byte[] first = bytes(parts[0]);
        byte[] wanted = bytes(address);
        if (first.length != wanted.length) {
            return false;
        }
        int shift = 8 * first.length - Integer.parseInt(parts[1]);
        return new BigInteger(1, first).shiftRight(shift).equals(new BigInteger(1, wanted).shiftRight(shift));
    }

    private static byte[] bytes(String address) {
        try {
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
