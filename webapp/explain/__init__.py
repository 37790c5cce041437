"""Why a face has its label: saliency maps."""
