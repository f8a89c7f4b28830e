// SPDX-License-Identifier: Apache-2.0
package org.ringwall.conformance.vm;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.ringwall.testkit.GuestKernel;

/** The tests of the host's kernel tier that run on every guest kernel too. */
final class GuestTests {
    private static final String OURS = "org.ringwall.";

    /** The tables of kernel facts, policies against real system calls, and the loader. */
    private static final List<String> QUICK = List.of(
            "conformance.facts.NarrowLoadsTest",
            "conformance.facts.SettableOptionsKernelTest",
            "conformance.samples.SamplesKernelTest",
            "conformance.samples.StateSamplesKernelTest",
            "conformance.samples.FlowSamplesKernelTest",
            "conformance.samples.EveryHookKernelTest",
            "conformance.samples.PacketKernelTest",
            "conformance.samples.SysctlStringsKernelTest",
            "conformance.samples.SocketOptionsSetKernelTest",
            "conformance.samples.UnixSocketsKernelTest",
            "conformance.bypass.BypassesKernelTest",
            "conformance.bypass.AnyDestinationKernelTest",
            "conformance.attack.CloneIntoCgroupKernelTest",
            "conformance.attack.MptcpRedirectKernelTest",
            "conformance.attack.OriginalOfOthersKernelTest",
            "conformance.attack.OverflowKernelTest",
            "conformance.attack.TokenKernelTest",
            "conformance.attack.UringKernelTest",
            "conformance.kernel.IdentityKernelTest",
            "conformance.stamp.StampKernelTest",
            "conformance.state.RedirectKernelTest",
            "conformance.state.PolicyOrderKernelTest",
            "conformance.state.ConnectedDatagramsKernelTest",
            "conformance.state.CountersKernelTest",
            "conformance.state.ExportedCgroupsKernelTest",
            "conformance.state.SegmentsKernelTest",
            "conformance.state.LogKernelTest",
            "conformance.state.MonitorKernelTest",
            "conformance.state.LiveSetsKernelTest",
            "conformance.state.UpgradeKernelTest",
            "conformance.state.ErrnoKernelTest",
            "conformance.differential.KernelDifferentialTest",
            "conformance.differential.RealHooksDifferentialTest",
            "conformance.differential.PacketDifferentialTest#theKernelDecidesAsTheReference",
            "conformance.differential.PacketHooksDifferentialTest",
            "conformance.differential.UnixDifferentialTest#theKernelDecidesAsTheReference",
            "loader.bpf.KernelBpfKernelTest",
            "loader.apply.ApplyKernelTest",
            "loader.host.ComparisonKernelTest",
            "loader.apply.ForeignVerdictKernelTest",
            "loader.apply.KernelFunctionsKernelTest",
            "loader.apply.KernelOffsetsKernelTest",
            "loader.apply.LiveChangesKernelTest",
            "loader.apply.NeighbourKernelTest",
            "loader.apply.SingleAddressesKernelTest",
            "loader.apply.RateMapsKernelTest",
            "loader.apply.StateKernelTest",
            "host.cli.UpgradeChoicesKernelTest",
            "host.export.ExporterKernelTest");

    /**
     * Tests that start many JVMs or run for minutes on an emulated CPU, and those that repeat what
     * {@code testdata/kernel} records of a kernel. For releases.
     */
    private static final List<String> SLOW = List.of(
            "conformance.facts.ContextFactsTest",
            "conformance.facts.HelperFactsTest",
            "conformance.facts.ContextValuesTest",
            "conformance.facts.RewritesKernelTest",
            "conformance.facts.OptionEntriesKernelTest",
            "conformance.bypass.BypassVariantsKernelTest",
            "conformance.bundle.BundleKernelTest",
            "conformance.bundle.HostileBundleTest",
            "conformance.bundle.AttestKernelTest",
            "conformance.bundle.SignedBundleKernelTest",
            "conformance.bundle.PulledBundleKernelTest",
            "conformance.bundle.SignedInForceKernelTest",
            "conformance.samples.SamplesInForceKernelTest",
            "conformance.stamp.MptcpJoinKernelTest",
            "conformance.state.OriginalDestinationKernelTest",
            "conformance.state.RatesKernelTest",
            "conformance.samples.DeniedDestinationKernelTest",
            "conformance.samples.OptionCallsKernelTest",
            "conformance.samples.OptionValuesKernelTest",
            "conformance.samples.SysctlValuesKernelTest",
            "conformance.samples.TutorialErrorsTest",
            "conformance.kernel.ProbeProcessTest",
            "conformance.samples.DegeneratePoliciesTest#theKernelDecidesAsTheTableSays",
            "conformance.differential.SplitSectionsKernelTest",
            "conformance.state.GeneratedCallsKernelTest",
            "conformance.attack.ExhaustionKernelTest",
            "conformance.attack.ReplaceUnderReadersKernelTest",
            "conformance.verifier.MutationsKernelTest",
            "conformance.attack.RatesThroughUpgradesKernelTest",
            "conformance.attack.TightMemoryKernelTest",
            "conformance.attack.TracedLoaderKernelTest",
            "conformance.docs.HostPageKernelTest",
            "conformance.state.CommandsKernelTest",
            "conformance.state.GeneratedStateKernelTest",
            "conformance.state.MapLimitKernelTest",
            "conformance.state.MapNamesKernelTest",
            "conformance.state.SharedMapsKernelTest",
            "conformance.state.DryRunKernelTest",
            "conformance.state.OverlapKernelTest",
            "conformance.state.SyncKernelTest",
            "conformance.state.WhyKernelTest",
            "conformance.state.WhyRequestsKernelTest",
            "host.cli.ConfirmKernelTest",
            "loader.apply.KillKernelTest",
            "loader.cgroup.LookupKernelTest",
            "host.cli.AgentKernelTest",
            "host.cli.ApplyCommandKernelTest",
            "host.cli.BlindKernelTest",
            "host.cli.ChurnKernelTest",
            "host.cli.ConfinementKernelTest",
            "host.cli.CounterExportKernelTest",
            "host.cli.KillSocketsKernelTest",
            "host.cli.KillTableKernelTest",
            "host.cli.VersionKillKernelTest",
            "loader.trust.VersionRaceKernelTest",
            "host.cli.LauncherTest",
            "host.cli.MemberKernelTest",
            "host.cli.PlainCommandsKernelTest",
            "loader.apply.PlainInventoryTest",
            "loader.apply.PlainObjectsKernelTest",
            "host.cli.PlacesKernelTest#aPidIsRefusedForThreadsInOtherCgroups",
            "host.cli.RemovedPlacesKernelTest",
            "host.cli.RunCgroupsKernelTest",
            "host.cli.UnprivilegedRunKernelTest",
            "host.cli.FaultTableKernelTest",
            "host.cli.RunKernelTest",
            "host.cli.RunKillKernelTest",
            "host.cli.RunNestedKernelTest",
            "host.cli.RunSignalsKernelTest",
            "host.cli.StateCommandsKernelTest",
            "host.cli.TimeNamespaceKernelTest",
            "host.why.ProcessFilesKernelTest",
            "conformance.state.RingSizeKernelTest");

    /**
     * What can differ by architecture: layouts and system call numbers, the kernel's JIT compiler,
     * every hook, state, records and the loader. Emulation of another architecture takes two to
     * three times as long as that of this one.
     */
    private static final List<String> OTHER_ARCHITECTURE = List.of(
            "conformance.facts.NarrowLoadsTest",
            "conformance.samples.EveryHookKernelTest",
            "conformance.state.LogKernelTest",
            "loader.bpf.KernelBpfKernelTest",
            "loader.apply.ApplyKernelTest",
            "loader.apply.KernelOffsetsKernelTest");

    private static final List<String> ALL =
            Stream.concat(QUICK.stream(), SLOW.stream()).toList();

    /** By the release line of a kernel: what leaves it in a state that only another boot ends. */
    private static final Map<String, List<String>> ALONE = Map.of("5.10", List.of("host.cli.UnmatchedSockets"));

    private GuestTests() {}

    /** Returns what runs in a guest of its own; as {@link #selected}. */
    static List<String> alone(String line) {
        String asked = System.getProperty("ringwall.vm.tests", "");
        return ALONE.getOrDefault(line, List.of()).stream()
                .filter(test -> asked.isBlank() || asked.equals("all") || asked.contains(simpleName(test)))
                .map(OURS::concat)
                .toList();
    }

    /** Whether all tests run, as for a release. */
    static boolean all() {
        return System.getProperty("ringwall.vm.tests", "").equals("all");
    }

    private static String simpleName(String test) {
        return test.substring(test.lastIndexOf('.') + 1);
    }

    private static boolean isAlone(String asked) {
        return ALONE.values().stream()
                .flatMap(List::stream)
                .anyMatch(test -> simpleName(test).equals(asked));
    }

    /**
     * Returns the quick tests; all tests with {@code -Dringwall.vm.tests=all}; in a guest of
     * another architecture, in both cases, those that may differ there; or those whose names end in
     * the given ones, as with
     * {@code -Dringwall.vm.tests=samples.SamplesKernelTest,…#method}.
     */
    static List<String> selected(GuestKernel kernel) {
        String asked = System.getProperty("ringwall.vm.tests", "");
        if (asked.isBlank() || asked.equals("all")) {
            List<String> here = asked.isBlank() ? QUICK : ALL;
            return (kernel.hasOwnRoot() ? OTHER_ARCHITECTURE : here)
                    .stream().map(OURS::concat).toList();
        }
        return Arrays.stream(asked.split(","))
                .map(String::strip)
                .filter(test -> !isAlone(test))
                .map(GuestTests::full)
                .toList();
    }

    private static String full(String asked) {
        String testClass = GuestMain.testClass(asked);
        String full = ALL.stream()
                .filter(name -> GuestMain.testClass(name).endsWith("." + testClass))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("`" + testClass + "` is not a test of the vm tier"));
        return OURS
                + (asked.equals(testClass) ? full : GuestMain.testClass(full) + asked.substring(testClass.length()));
    }
}
