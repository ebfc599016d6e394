using System.Net.Http.Headers;

namespace Islet.Images.Registry;

/// <summary>A GET, in a form that can be sent more than once.</summary>
/// <param name="Path">The path below the registry's address, built from validated parts only.</param>
/// <param name="Accept">The accepted media types.</param>
/// <param name="RangeStart">The offset of the first byte to fetch.</param>
internal sealed record RegistryRequest(string Path, IReadOnlyList<string> Accept, long RangeStart = 0)
{
    public HttpRequestMessage ToMessage(Uri address)
    {
        var message = new HttpRequestMessage(HttpMethod.Get, address);
        foreach (string mediaType in Accept)
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(mediaType));
        if (RangeStart > 0)
            message.Headers.Range = new RangeHeaderValue(RangeStart, null);

        return message;
    }
}
