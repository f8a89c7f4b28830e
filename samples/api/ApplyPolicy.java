// SPDX-License-Identifier: Apache-2.0
import java.nio.file.Path;
import org.ringwall.loader.api.ApplyOptions;
import org.ringwall.loader.api.Loader;
import org.ringwall.loader.api.PolicyObject;
import org.ringwall.loader.model.ApplyResult;
import org.ringwall.loader.model.InstanceStatus;
import org.ringwall.loader.model.LoaderException;

/** Puts an object in force at a cgroup, prints the status, and removes it. */
final class ApplyPolicy {
    public static void main(String[] args) {
        try (Loader loader = Loader.open()) {
            PolicyObject object = PolicyObject.read(Path.of(args[0]));
            ApplyOptions options = ApplyOptions.DEFAULT.withInstance("example").withCgroup(Path.of(args[1]));
            ApplyResult result = loader.apply(object, options);
            System.out.println(result.name().policy() + ": in force at " + result.hooks());
            for (InstanceStatus status : loader.status()) {
                System.out.println(status.name() + ": enforced " + status.enforced());
            }
            loader.remove(object.policy(), "example");
        } catch (LoaderException e) {
            System.err.println(e.getMessage() + "\nhelp: " + e.help());
            System.exit(1);
        }
    }
}
