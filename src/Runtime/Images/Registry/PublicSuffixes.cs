namespace Islet.Images.Registry;

/// <summary>
/// Domains below which unrelated parties can register names, so that two names below one of them have nothing to do with each other. The
/// full list (publicsuffix.org) has ten thousand lines and changes every week. This is its general shape, plus the entries that matter for
/// registries. Where it wrongly says yes, credentials are not sent, and the message says how to allow it.
/// </summary>
internal static class PublicSuffixes
{
    // Labels that countries put before their own ending: co.uk, com.au, ac.jp, gob.mx.
    private static readonly HashSet<string> s_secondLevel = new(StringComparer.OrdinalIgnoreCase)
    {
        "ac", "ad", "art", "asn", "asso", "biz", "co", "com", "coop", "cri", "ed", "edu", "firm", "gen", "go", "gob", "gouv", "gov", "govt",
        "gr", "id", "idv", "in", "ind", "info", "int", "iwi", "k12", "kiwi", "lg", "ltd", "me", "mil", "mod", "name", "ne", "net", "nhs",
        "nic", "nom", "or", "org", "plc", "police", "press", "pro", "res", "sch", "school", "tm", "web",
    };

    // Domains of clouds and hosting services, whose customers share them. The names below them belong to unrelated customers, too.
    private static readonly string[] s_hosts =
    [
        "amazonaws.com", "amazonaws.com.cn", "appspot.com", "azurecontainer.io", "azurecontainerapps.io", "azurecr.cn",
        "azurecr.io", "azurecr.us", "azurewebsites.net", "cloudapp.azure.com", "cloudapp.net", "cloudfront.net", "cloudfunctions.net",
        "ddns.net", "duckdns.org", "dynv6.net", "firebaseapp.com", "fly.dev", "github.dev", "github.io", "gitlab.io", "herokuapp.com",
        "hopto.org", "jfrog.io", "kasserver.com", "lhr.life", "linode.com", "linodeusercontent.com", "loca.lt", "myftp.org", "netlify.app",
        "ngrok-free.app", "ngrok.app", "ngrok.dev", "ngrok.io", "nip.io", "no-ip.org", "onrender.com", "pages.dev", "r2.dev", "railway.app",
        "run.app", "servehttp.com", "sslip.io", "trafficmanager.net", "trycloudflare.com", "ts.net", "vercel.app", "web.app", "windows.net",
        "workers.dev", "xip.io", "zapto.org",
    ];

    /// <summary>Whether unrelated parties may have names directly below the domain.</summary>
    public static bool Contains(string domain)
    {
        string[] labels = domain.TrimEnd('.').Split('.');
        if (labels.Length < 2)
            return true;
        if (labels is [var second, { Length: 2 }] && s_secondLevel.Contains(second))
            return true;
        return s_hosts.Any(host => domain.Equals(host, StringComparison.OrdinalIgnoreCase)
            || domain.EndsWith("." + host, StringComparison.OrdinalIgnoreCase));
    }
}
