// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.File;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;
import org.jspecify.annotations.Nullable;
import org.ringwall.compiler.report.RuleText;
import org.ringwall.compiler.report.TestReport;

/**
 * Checks that the policies meet requirements: no bypass of certain blocks is open, there are no
 * warnings, every rule is tested. Without a requirement it only reports errors and warnings.
 */
@Mojo(
        name = "check",
        defaultPhase = LifecyclePhase.VERIFY,
        requiresDependencyResolution = ResolutionScope.COMPILE,
        threadSafe = true)
public final class CheckMojo extends PolicyMojo {
    private static final String GOAL = "check";

    /**
     * Blocks that must not leave open a bypass that a policy could close, such as {@code egress}.
     * {@code egress:strict} also fails on bypasses that no policy could close. {@code packets}
     * names both blocks for packets. The requirement applies to every policy of the folder.
     */
    @Parameter(property = "ringwall.requireCovered")
    private List<String> requireCovered = new ArrayList<>();

    /** Whether warnings are errors. */
    @Parameter(property = "ringwall.werror", defaultValue = "false")
    private boolean werror;

    /**
     * Whether every rule of a policy must match in one of its tests: decide, have effects, run out
     * of tokens or be monitored.
     */
    @Parameter(property = "ringwall.requireTested", defaultValue = "false")
    private boolean requireTested;

    /**
     * The folder of accepted reach reports, with a file {@code NAME.txt} for each policy {@code
     * NAME.wall}, in the same subfolders: the output of {@code ringwallc reach}. A policy whose
     * reach differs from its file fails the build, so that every change of what a workload can do
     * is in a commit. If not set: reach is not compared.
     */
    @Parameter(property = "ringwall.reachReports")
    private @Nullable File reachReports;

    /** Whether to write the reach reports of all policies instead of comparing them. */
    @Parameter(property = "ringwall.updateReach", defaultValue = "false")
    private boolean updateReach;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skipped()) {
            return;
        }
        PolicyFolder folder = sources();
        if (hasNoSources()) {
            getLog().info("no policies to check: `" + folder.folder() + "` does not exist");
            return;
        }
        refuseMissingSources();
        unpackDependencies(GOAL);
        Messages messages = messages();
        List<String> blocks = words(requireCovered);
        Optional<ReachFiles> reach = reachFiles(folder, messages);
        Object accepted = reach.isPresent() ? reach.get().state() : "";
        String key = key(blocks, werror, requireTested, accepted, updateReach);
        Sweep sweep = new Sweep(folder, options(), stamp(GOAL), key, messages, compilations());
        sweep.run(policy -> {
            boolean failed = Coverage.reported(policy, blocks, messages);
            failed |= werror && reportedWarnings(folder, policy, messages);
            failed |= requireTested && reportedUntested(folder, policy, messages);
            failed |= reach.isPresent() && reach.get().reported(policy, updateReach);
            return failed ? Optional.empty() : Optional.of(new Sweep.Done(List.of(), Map.of()));
        });
        sweep.refuse();
        getLog().info(sweep.good() + (sweep.good() == 1 ? " policy" : " policies") + " checked"
                + (sweep.worked() == 0 && sweep.good() > 0 ? " - up to date" : ""));
    }

    private Optional<ReachFiles> reachFiles(PolicyFolder folder, Messages messages) throws MojoFailureException {
        Optional<File> given = Optional.ofNullable(reachReports);
        if (given.isEmpty() && updateReach) {
            throw new MojoFailureException("updateReach writes reach reports; set reachReports to their folder");
        }
        return given.map(reports -> new ReachFiles(
                folder, project().resolve(reports.toPath()).toAbsolutePath().normalize(), messages));
    }

    private static boolean reportedWarnings(PolicyFolder folder, Compiled policy, Messages messages) {
        policy.warnings().forEach(warning -> messages.error(Messages.text(folder.base(), warning)));
        int count = policy.warnings().size();
        if (count > 0) {
            messages.log()
                    .error(policy.file() + ": " + count + (count == 1 ? " warning" : " warnings")
                            + ", which werror treats as errors; correct it, or silence it with a comment"
                            + " `// allow CODE: REASON` at the end of its line");
        }
        return count > 0;
    }

    private static boolean reportedUntested(PolicyFolder folder, Compiled policy, Messages messages) {
        Set<RuleText> untested = new LinkedHashSet<>(policy.policy().rules());
        for (TestReport test : policy.policy().test()) {
            test.cases().forEach(line -> line.matched().forEach(untested::remove));
        }
        for (RuleText rule : untested) {
            messages.error(Messages.place(folder.base(), rule.file(), rule.line(), rule.column())
                    + " no test matches the rule `"
                    + rule.text().lines().findFirst().orElse("").strip() + "`; write a line of a test that does");
        }
        return !untested.isEmpty();
    }
}
