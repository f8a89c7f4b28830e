// SPDX-License-Identifier: Apache-2.0
package org.ringwall.maven;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.plugins.annotations.ResolutionScope;

/**
 * Runs the {@code test} blocks of the policies, and of policies for tests alone, on the emitted
 * bytecode, without a kernel and without root. A test that fails fails the build. The reports are
 * XML in the form of Surefire's. Tests whose policies have not changed since they passed are not
 * run again: the same policy gives the same results.
 */
@Mojo(
        name = "test",
        defaultPhase = LifecyclePhase.TEST,
        requiresDependencyResolution = ResolutionScope.TEST,
        threadSafe = true)
public final class TestMojo extends PolicyMojo {
    private static final String GOAL = "test";

    /** The folder of policies whose tests run, but which are not shipped. It need not exist. */
    @Parameter(defaultValue = "${project.basedir}/src/test/wall", required = true)
    private File testSourceDirectory = new File("src/test/wall");

    /** The folder of the reports, {@code TEST-POLICY.xml} for each policy that has tests. */
    @Parameter(defaultValue = "${project.build.directory}/surefire-reports", required = true)
    private File reportsDirectory = new File("target/surefire-reports");

    /** Whether to skip the tests. */
    @Parameter(property = "skipTests", defaultValue = "false")
    private boolean skipTests;

    /** Whether to skip the tests, as for the Surefire plugin. */
    @Parameter(property = "maven.test.skip", defaultValue = "false")
    private boolean mavenTestSkip;

    /** Whether a test that fails is reported and does not fail the build. */
    @Parameter(property = "maven.test.failure.ignore", defaultValue = "false")
    private boolean testFailureIgnore;

    @Override
    public void execute() throws MojoExecutionException, MojoFailureException {
        if (skipped()) {
            return;
        }
        if (skipTests || mavenTestSkip) {
            getLog().info("Tests are skipped.");
            return;
        }
        unpackDependencies(GOAL);
        Path reports =
                project().resolve(reportsDirectory.toPath()).toAbsolutePath().normalize();
        PolicyFolder unshipped = new PolicyFolder(project(), testSourceDirectory.toPath());
        Messages messages = messages();
        TestRun run = new TestRun(reports, messages);
        List<Sweep> sweeps = new ArrayList<>();
        if (!hasNoSources()) {
            refuseMissingSources();
        }
        for (PolicyFolder folder : List.of(sources(), unshipped)) {
            Path stamp = stamp(folder.equals(unshipped) ? GOAL + "-unshipped" : GOAL);
            Sweep sweep = new Sweep(folder, options(), stamp, key(reports, folder.folder()), messages, compilations());
            run.begin(folder);
            sweep.run(run);
            sweeps.add(sweep);
        }
        for (Sweep sweep : sweeps) {
            sweep.refuse();
        }
        run.summary();
        if (run.failed()) {
            String message =
                    "There are test failures.\n\nPlease refer to " + reports + " for the individual test results.";
            if (!testFailureIgnore) {
                throw new MojoFailureException(message);
            }
            getLog().error(message);
        }
    }
}
